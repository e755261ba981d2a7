import type { IncomingMessage, ServerResponse } from 'node:http';

const preflightSeconds = 600;
const exposedHeaders = 'x-request-id, etag, retry-after, www-authenticate';
// The last three are what a page sends whose requests are traced.
const requestHeaders =
  'authorization, content-type, x-request-id, idempotency-key, if-none-match, traceparent, tracestate, baggage';

export interface Cors {
  /** An origin that is not listed gets no header at all, and its browser keeps the answer from it. */
  addHeaders(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Where a browser says that a GET comes from, when that is no page that may ask so; else null. A page of any site can make a browser
   * send one without asking first; it can't have it say another origin than its own.
   */
  foreignSiteOf(request: IncomingMessage): string | null;
}

/**
 * Which pages of other origins may ask and read answers: those listed, and no others. Never with credentials of the browser's own (cookies), so a
 * page can ask only for what it brings the key to, in the header Authorization.
 */
export function openCors(origins: readonly string[]): Cors {
  const listed = new Set(origins);
  const isListed = (origin: string | undefined): origin is string => origin !== undefined && listed.has(origin);

  return {
    addHeaders({ headers, method }, response) {
      if (listed.size === 0) return;
      // A cache between must not hand one origin's answer to another.
      response.setHeader('vary', 'Origin');
      if (!isListed(headers.origin)) return;
      response.setHeader('access-control-allow-origin', headers.origin);
      response.setHeader('access-control-expose-headers', exposedHeaders);
      if (method !== 'OPTIONS') return;
      response.setHeader('access-control-allow-methods', 'GET, POST');
      response.setHeader('access-control-allow-headers', requestHeaders);
      response.setHeader('access-control-max-age', preflightSeconds);
    },
    foreignSiteOf({ headers, method }) {
      const site = headers['sec-fetch-site'];
      if (method !== 'GET' || typeof site !== 'string' || site === 'same-origin' || site === 'none') return null;
      return isListed(headers.origin) ? null : site;
    },
  };
}
