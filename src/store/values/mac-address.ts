import { createHash } from 'node:crypto';

const canonical = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const pairs = /^[0-9a-f]{2}(?:(?::[0-9a-f]{2})+|(?:-[0-9a-f]{2})+)$/i;
const quads = /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i;

/** 48-bit and 64-bit addresses, and the 20 octets of IP over InfiniBand: the lengths that Go's net.ParseMAC knows. */
const lengths: ReadonlySet<number> = new Set([6, 8, 20]);

/**
 * The one spelling of a MAC that is stored and shown: lower case with colons. Reads what Go's net.ParseMAC reads: colons, hyphens,
 * or four digits to a dot. Null for anything else.
 */
export function canonicalMACAddress(text: string): string | null {
  if (canonical.test(text)) return text;
  if (!pairs.test(text) && !quads.test(text)) return null;
  const octets =
    text
      .toLowerCase()
      .replace(/[^0-9a-f]/g, '')
      .match(/../g) ?? [];
  return lengths.has(octets.length) ? octets.join(':') : null;
}

/** What a new guest's MAC is unless it is given one: locally administered, and always the same for the same guest. */
export function macOfGuestId(id: string): string {
  const octets = [...createHash('md5').update(id).digest().subarray(0, 5)];
  return ['02', ...octets.map((octet) => octet.toString(16).padStart(2, '0'))].join(':');
}
