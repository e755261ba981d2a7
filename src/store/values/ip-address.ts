import { Address6 } from 'ip-address';

export interface IPAddress {
  readonly family: 4 | 6;
  readonly number: bigint;
}

/** All addresses from first to last, both included; first <= last. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** `::ffff:0:0/96`, the IPv6 addresses that mean IPv4 ones, without their last 32 bits. */
export const mappedPrefix = 0xffffn;

/** No longer than the longest address, and nothing of a prefix length or a zone, which the library would accept. */
const mayBeIPv6 = /^[0-9a-f:.]{2,45}$/i;

/**
 * Reads an address as Go's net.ParseIP does: no prefix length, no zone, no octet with a leading zero; `::ffff:10.0.0.1` means the
 * IPv4 address. Null for anything else. Almost all addresses are IPv4: they are read here, fast; the others by the library.
 */
export function parseIPAddress(text: string): IPAddress | null {
  const number = numberOfIPv4(text);
  if (number !== null) return { family: 4, number: BigInt(number) };
  const number6 = numberOfIPv6(text);
  if (number6 === null) return null;
  return number6 >> 32n === mappedPrefix ? { family: 4, number: number6 & 0xffffffffn } : { family: 6, number: number6 };
}

/** As Go prints it: dotted decimal, or RFC 5952. */
export function formatIPAddress({ family, number }: IPAddress): string {
  if (family === 6 && number >> 32n !== mappedPrefix) return Address6.fromBigInt(number).correctForm();
  const bits = Number(number & 0xffffffffn);
  const dotted = `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
  return family === 4 ? dotted : `::ffff:${dotted}`;
}

/** The one spelling of an address that is stored, shown and used in keys; null when the text is no address. */
export function canonicalIPAddress(text: string): string | null {
  // Dotted decimal without leading zeros has only one spelling.
  if (numberOfIPv4(text) !== null) return text;
  const address = parseIPAddress(text);
  return address === null ? null : formatIPAddress(address);
}

/** Sorts as the addresses do, IPv4 first: compare two of these as strings. */
export function compareKey({ family, number }: IPAddress): string {
  return `${family}${number.toString(16).padStart(family === 4 ? 8 : 32, '0')}`;
}

const dot = 0x2e;
const zero = 0x30;

function numberOfIPv4(text: string): number | null {
  if (text.length < 7 || text.length > 15) return null;
  let number = 0;
  let octets = 1;
  let octet = -1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === dot) {
      if (octet < 0) return null;
      number = number * 256 + octet;
      octet = -1;
      octets++;
      continue;
    }
    const digit = code - zero;
    if (digit < 0 || digit > 9 || octet === 0) return null;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return null;
  }
  return octets === 4 && octet >= 0 ? number * 256 + octet : null;
}

function numberOfIPv6(text: string): bigint | null {
  if (!mayBeIPv6.test(text) || !text.includes(':')) return null;
  try {
    return new Address6(text).bigInt();
  } catch {
    return null;
  }
}
