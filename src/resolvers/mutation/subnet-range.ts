import { badUserInput } from '../../errors.ts';
import { contains, parseCIDR } from '../../store/values/cidr.ts';
import { type AddressRange, formatIPAddress, type IPAddress, parseIPAddress } from '../../store/values/ip-address.ts';
import type { HeldAddress } from '../addressing.ts';

/** A range as texts. */
export interface GivenRange {
  /** Canonical. */
  readonly cidr: string;
  readonly startRange: string;
  readonly endRange: string;
}

/**
 * The addresses from start to end. Network and broadcast addresses are addresses like any other: a /31 and a /32 have no others.
 * `reversed` names the argument that is wrong when the start is above the end.
 */
export function subnetRangeOf(
  { cidr, startRange, endRange }: GivenRange,
  reversed: 'startRange' | 'endRange' = 'startRange',
): AddressRange {
  const start = addressWithin(cidr, 'startRange', startRange);
  const end = addressWithin(cidr, 'endRange', endRange);
  if (start.number > end.number) throw badUserInput(reversed, `startRange ${startRange} is above endRange ${endRange}`);
  return { family: start.family, first: start.number, last: end.number };
}

/** It may lie outside the range that guests get theirs from. */
export function requireGatewayWithin(cidr: string, gateway: string): void {
  addressWithin(cidr, 'gateway', gateway);
}

/** All addresses of a network: those that no other subnet of the same network may have. */
export function networkRangeOf(cidr: string): AddressRange {
  const network = parseCIDR(cidr);
  if (network === null) throw badUserInput('cidr', `${cidr} is no network in prefix notation, such as "10.10.1.0/24"`);
  return network.range;
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Refuses a new range without an address that is in the old one and held. What lies outside already does not count. */
export function requireNoneLeftOut(held: readonly HeldAddress[], from: AddressRange, to: AddressRange): void {
  for (const { ip, address, ownerId } of held) {
    if (!contains(from, address) || contains(to, address)) continue;
    const [field, end] = address.number < to.first ? (['startRange', to.first] as const) : (['endRange', to.last] as const);
    const limit = formatIPAddress({ family: to.family, number: end });
    throw badUserInput(field, `${field} can't be ${limit}: ${ip}, which ${ownerId} holds, would be left outside`);
  }
}

/** Refuses a gateway whose address somebody holds. */
export function requireFreeForGateway(held: readonly HeldAddress[], gateway: string): void {
  const holder = held.find(({ ip }) => ip === gateway);
  if (holder !== undefined) throw badUserInput('gateway', `${gateway} can't be the gateway: ${holder.ownerId} holds it`);
}

/** An address of the other family is in no network of this one. */
function addressWithin(cidr: string, field: string, text: string): IPAddress {
  const address = parseIPAddress(text);
  if (address === null || !contains(networkRangeOf(cidr), address))
    throw badUserInput(field, `${field} ${text} is not in ${cidr}`);
  return address;
}
