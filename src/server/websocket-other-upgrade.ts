import type { IncomingMessage, Server } from 'node:http';
import { connectionEventOf } from './connections.ts';

export interface PlainRequest {
  readonly server: Server;
  readonly request: IncomingMessage;
  /** What came behind its head. */
  readonly head: Buffer;
}

const offerHeaders = new Set(['upgrade', 'connection', 'http2-settings']);

/**
 * Serves a request that offers a protocol which the gateway does not speak as if it did not offer it, as HTTP has it (RFC 9110,
 * 7.8): Java's own client offers HTTP/2 with each POST.
 *
 * Node can't decline. A server that listens to `upgrade` for one protocol gets the requests of all others there too, cut loose
 * from their parser, and their bodies with them. So the request goes back to where it came from, without the offer, to be read
 * once more; the connection ends with its answer.
 */
export function serveAsPlainRequest({ server, request, head }: PlainRequest): void {
  const { method, url, httpVersion, rawHeaders, socket } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!offerHeaders.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  lines.push('connection: close', '', '');
  // Node reads the bytes of a head as latin1.
  socket.unshift(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), head]));
  server.emit(connectionEventOf(server), socket);
}
