import { contains } from './cidr.ts';
import type { AddressRange, IPAddress } from './ip-address.ts';

/** What decides which addresses of a subnet are free. */
export interface AddressSpace {
  readonly range: AddressRange;
  /** Never handed out; may lie outside the range. */
  readonly gateway: IPAddress | null;
  /** In any order; may lie outside the range, and twice is once. */
  readonly held: readonly IPAddress[];
}

export interface AddressCounts {
  /** Addresses in the range, but for the gateway. */
  readonly total: bigint;
  /** All held ones, those outside the range too. */
  readonly used: bigint;
  /** `total` less the held ones in it. */
  readonly available: bigint;
  /** 1 - available / total; 0 for an empty range. */
  readonly utilization: number;
}

export function countAddresses({ range, gateway, held }: AddressSpace): AddressCounts {
  const withoutGateway = gateway !== null && contains(range, gateway) ? gateway.number : null;
  const total = range.last - range.first + (withoutGateway === null ? 1n : 0n);
  const ofFamily = numbersOf(held, range.family);
  let heldInTotal = 0;
  for (const number of ofFamily) {
    if (number >= range.first && number <= range.last && number !== withoutGateway) heldInTotal++;
  }
  const available = total - BigInt(heldInTotal);
  return {
    total,
    used: BigInt(ofFamily.size + numbersOf(held, range.family === 4 ? 6 : 4).size),
    available,
    utilization: total === 0n ? 0 : 1 - Number(available) / Number(total),
  };
}

/**
 * The first free addresses, in address order. Each step either finds one or passes the gateway or a held one, so the cost grows
 * with `first` and the number of held addresses, never with the size of the range: a /8 or an IPv6 /64 costs what a /24 does.
 */
export function availableAddresses({ range, gateway, held, first }: AddressSpace & { readonly first: number }): IPAddress[] {
  const taken = numbersOf(held, range.family);
  if (gateway?.family === range.family) taken.add(gateway.number);
  const free: IPAddress[] = [];
  for (let number = range.first; number <= range.last && free.length < first; number++) {
    if (!taken.has(number)) free.push({ family: range.family, number });
  }
  return free;
}

function numbersOf(addresses: readonly IPAddress[], family: 4 | 6): Set<bigint> {
  const numbers = new Set<bigint>();
  for (const address of addresses) if (address.family === family) numbers.add(address.number);
  return numbers;
}
