import type { IncomingMessage } from 'node:http';

/**
 * The path that a request asks for; null when its target or its Host header can't be read. Writes both back as they were read:
 * Yoga makes an URL of them again, and answers with a stack where it can't.
 */
export function requestPath(request: IncomingMessage): string | null {
  const { headers, url: target = '/' } = request;
  const text = target.startsWith('/') ? `http://${headers.host ?? 'localhost'}${target}` : target;
  if (!URL.canParse(text)) return null;
  const { host, pathname, search } = new URL(text);
  headers.host = host;
  request.url = pathname + search;
  return pathname;
}
