import type { IncomingMessage, ServerResponse } from 'node:http';

const preflightSeconds = 600;
const exposedHeaders = 'x-request-id, etag, retry-after, www-authenticate';
const requestHeaders = 'authorization, content-type, x-request-id, idempotency-key, if-none-match';

/**
 * Which pages of other origins may read answers: those listed, and no others. Never with credentials of the browser's own (cookies), so a
 * page can ask only for what it brings the key to, in the header Authorization. An origin that is not listed gets no header at all, and its browser keeps the answer from it.
 */
export function openCors(origins: readonly string[]): (request: IncomingMessage, response: ServerResponse) => void {
  const listed = new Set(origins);
  return ({ headers, method }, response) => {
    if (listed.size === 0) return;
    // A cache between must not hand one origin's answer to another.
    response.setHeader('vary', 'Origin');
    if (headers.origin === undefined || !listed.has(headers.origin)) return;
    response.setHeader('access-control-allow-origin', headers.origin);
    response.setHeader('access-control-expose-headers', exposedHeaders);
    if (method !== 'OPTIONS') return;
    response.setHeader('access-control-allow-methods', 'GET, POST');
    response.setHeader('access-control-allow-headers', requestHeaders);
    response.setHeader('access-control-max-age', preflightSeconds);
  };
}
