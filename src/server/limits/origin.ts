import { isIPv6 } from 'node:net';
import { everybody, type Viewer } from '../../auth/index.ts';

/** Whom a request counts for. */
export interface Origin {
  readonly viewer: Viewer;
  /** Of the other side of its connection; absent when that is closed. */
  readonly address: string | undefined;
}

/** Where everybody is let in, all are the same viewer: there each address counts for itself. */
export function originKey({ viewer, address }: Origin): string {
  return viewer.id === everybody.id ? addressKey(address) : viewer.id;
}

/** An address of IPv6 counts as its network of 64 bits, in which one machine can have any number of them. */
export function addressKey(address = ''): string {
  if (!isIPv6(address)) return `address:${address}`;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return `address:${mapped}`;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return `network:${all.slice(0, 4).join(':')}`;
}
