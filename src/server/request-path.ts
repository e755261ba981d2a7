import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

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

/**
 * Whether a request was meant for this machine: by an address, or as localhost. A web page can point a name of its own at the
 * loopback address and then ask as if it came from there (DNS rebinding), but the name stays in the Host header. Until there are
 * credentials to ask for, nothing else keeps such a page out.
 */
export function isHostLocal({ headers }: IncomingMessage): boolean {
  if (headers.host === undefined) return true;
  const { hostname } = new URL(`http://${headers.host}`);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

export const foreignHostMessage = 'The Host header names another host: this version answers to addresses and localhost only';
