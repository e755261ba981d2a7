import { type AddressRange, formatIPAddress, type IPAddress, mappedPrefix, parseIPAddress } from './ip-address.ts';

/** A network in prefix notation. */
export interface CIDR {
  /** All its addresses. */
  readonly range: AddressRange;
  readonly prefixLength: number;
  /** Whether the address that it was written with was not the network's first one, as in `10.0.0.1/8`. */
  readonly hostBitsSet: boolean;
}

/** No leading zero: the ip-address library and others read `10.0.0.1/08` differently, so nobody should write it. */
const notation = /^([0-9a-f:.]+)\/(0|[1-9][0-9]{0,2})$/i;

/** Reads a network as Go's net.ParseCIDR does; null for anything else. */
export function parseCIDR(text: string): CIDR | null {
  const [, addressText, lengthText] = notation.exec(text) ?? [];
  if (addressText === undefined || lengthText === undefined) return null;
  const address = parseIPAddress(addressText);
  if (address === null) return null;
  const prefixLength = Number(lengthText);
  const bits = addressText.includes(':') ? 128 : 32;
  if (prefixLength > bits) return null;
  // `::ffff:10.0.0.0/104` is 10.0.0.0/8; with a shorter prefix it is a network of IPv6 that the mapped addresses are a part of.
  if (bits === 32 || address.family === 6) return network(address, prefixLength);
  if (prefixLength >= 96) return network(address, prefixLength - 96);
  return network({ family: 6, number: (mappedPrefix << 32n) | address.number }, prefixLength);
}

function network({ family, number }: IPAddress, prefixLength: number): CIDR {
  const hostBits = BigInt((family === 4 ? 32 : 128) - prefixLength);
  const first = (number >> hostBits) << hostBits;
  return { range: { family, first, last: first + (1n << hostBits) - 1n }, prefixLength, hostBitsSet: number !== first };
}

export function formatCIDR({ range, prefixLength }: CIDR): string {
  return `${formatIPAddress({ family: range.family, number: range.first })}/${prefixLength}`;
}

/** The one spelling of a network that is stored and shown, its host bits cleared; null when the text is no network. */
export function canonicalCIDR(text: string): string | null {
  const cidr = parseCIDR(text);
  return cidr === null ? null : formatCIDR(cidr);
}

export function contains(range: AddressRange, { family, number }: IPAddress): boolean {
  return family === range.family && number >= range.first && number <= range.last;
}
