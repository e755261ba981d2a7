import type { IncomingMessage } from 'node:http';
import { refusal } from './request-error.ts';

/**
 * The body of a request as text. Fails with 413 as soon as it is known to be longer than the limit; the rest is then let run
 * through, unseen, so that the client has its hands free to read why.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;

    function refuse(): void {
      request.off('data', onData).resume();
      reject(refusal({ status: 413, field: 'body', message: `The body is longer than ${limitBytes} bytes` }));
    }
    function onData(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > limitBytes) refuse();
      else chunks.push(chunk);
    }

    if (Number(request.headers['content-length'] ?? 0) > limitBytes) return refuse();
    request.on('data', onData);
    request.once('end', () => resolve(Buffer.concat(chunks, bytes).toString()));
    request.once('close', () => {
      // The client went away, and nobody reads what is made of this.
      if (!request.complete) reject(new DOMException('The request was cut', 'AbortError'));
    });
  });
}
