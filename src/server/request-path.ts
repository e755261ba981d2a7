import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** What can't be in a host: behind it, what follows would be read as a path, or what is before it as a name and password. */
const noHost = /[/\\?#@]/;

/**
 * The path that a request asks for; null when its target or its Host header can't be read, or a request of HTTP/1.1 has not one Host.
 * Writes both back as they were read: Yoga makes an URL of them again, and answers with a stack where it can't.
 */
export function requestPath(request: IncomingMessage): string | null {
  const { headers, headersDistinct, httpVersion, url: target = '/' } = request;
  const [given, another] = headersDistinct.host ?? [];
  if (another !== undefined || (given === undefined && httpVersion === '1.1')) return null;
  if (given === '' || noHost.test(given ?? '')) return null;
  const text = target.startsWith('/') ? `http://${headers.host ?? 'localhost'}${target}` : target;
  if (!URL.canParse(text)) return null;
  const { protocol, host, pathname, search } = new URL(text);
  // Addresses of other schemes may have no host, or one that is none in an address of HTTP.
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  headers.host = host;
  request.url = pathname + search;
  return pathname;
}

export interface HostRuleOptions {
  /** Whether everybody is let in. */
  readonly isOpen: boolean;
  /** Names, in small letters, besides addresses and localhost. */
  readonly allowedHosts: readonly string[];
}

export type HostRule = (request: IncomingMessage) => boolean;

/**
 * Whether a request was meant for this gateway: by an address, as localhost, or by a name that its operator gave it. A web page can point
 * a name of its own at the loopback address and then ask as if it came from there (DNS rebinding), but the name stays in the Host header.
 * Where nobody has to show who he is, nothing else keeps such a page out. Where one has to, it knows no credential: any name will do.
 */
export function openHostRule({ isOpen, allowedHosts }: HostRuleOptions): HostRule {
  if (!isOpen) return () => true;
  const allowed = new Set(allowedHosts);
  return ({ headers }) => {
    if (headers.host === undefined) return true;
    const hostname = new URL(`http://${headers.host}`).hostname.replace(/\.$/, '');
    return isLocal(hostname) || allowed.has(hostname);
  };
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

export const invalidAddressMessage = 'The address or the Host header is not valid';

export const foreignHostMessage =
  'The Host header names another host. Without credentials, this gateway answers to addresses, localhost and --allowed-host only';
