import type { IncomingMessage } from 'node:http';
import { refusal } from './request-error.ts';

/**
 * The body of a request as text. Fails with 413 as soon as it is known to be longer than the limit; the rest is then let run
 * through, unseen, so that the client has its hands free to read why.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // One Buffer for all that came: kept as they come, a megabyte in chunks of one byte would be a million of them.
    let body: Buffer = Buffer.alloc(0);
    let bytes = 0;

    function refuse(): void {
      request.off('data', onData).resume();
      reject(refusal({ status: 413, field: 'body', message: `The body is longer than ${limitBytes} bytes` }));
    }
    function keep(chunk: Buffer): void {
      const length = bytes + chunk.length;
      if (length > body.length) body = grown(body, Math.min(limitBytes, Math.max(length, 2 * body.length)));
      chunk.copy(body, bytes);
      bytes = length;
    }
    function onData(chunk: Buffer): void {
      if (bytes + chunk.length > limitBytes) refuse();
      else keep(chunk);
    }

    if (Number(request.headers['content-length'] ?? 0) > limitBytes) return refuse();
    request.on('data', onData);
    request.once('end', () => resolve(body.toString('utf8', 0, bytes)));
    request.once('close', () => {
      // The client went away, and nobody reads what is made of this.
      if (!request.complete) reject(new DOMException('The request was cut', 'AbortError'));
    });
  });
}

function grown(body: Buffer, length: number): Buffer {
  const longer = Buffer.allocUnsafe(length);
  body.copy(longer);
  return longer;
}
