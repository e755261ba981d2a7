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
 * with how many are asked for and the number of held addresses, never with the size of the range: a /8 or an IPv6 /64 costs what a
 * /24 does. However often it is asked, each step is made once.
 */
export function openFreeAddresses({ range, gateway, held }: AddressSpace): (first: number) => readonly IPAddress[] {
  const taken = numbersOf(gateway === null ? held : [...held, gateway], range.family);
  const free: IPAddress[] = [];
  let next = range.first;
  return (first) => {
    for (; next <= range.last && free.length < first; next++) {
      if (!taken.has(next)) free.push({ family: range.family, number: next });
    }
    return free.slice(0, first);
  };
}

export interface RandomDraw extends AddressSpace {
  /** Numbers from 0, included, to 1, excluded. */
  readonly random: () => number;
}

/**
 * One of the free addresses, each as likely as the others; null when none is left. It draws which of them it is to be, and then
 * steps over those that are taken, from the lowest on, so the cost grows with these, never with the size of the range, and the last
 * free address of a nearly full range is found at once.
 */
export function randomFreeAddress({ range, gateway, held, random }: RandomDraw): IPAddress | null {
  const taken = numbersOf(gateway === null ? held : [...held, gateway], range.family);
  const takenInRange = [...taken].filter((number) => number >= range.first && number <= range.last);
  const free = range.last - range.first + 1n - BigInt(takenInRange.length);
  if (free === 0n) return null;
  let number = range.first + randomBelow(free, random);
  for (const step of takenInRange.sort(compareNumbers)) {
    if (step > number) break;
    number++;
  }
  return { family: range.family, number };
}

export interface RandomGuesses extends Omit<RandomDraw, 'held'> {
  readonly count: number;
}

/**
 * Addresses of the range but for the gateway, each as likely as the others, whether they are free or not; one may come twice. None
 * when there are none. The first of them that is free is any free one of the range: in a range that is not nearly full, a few
 * guesses find one without knowing all that are held.
 */
export function randomAddresses({ count, ...space }: RandomGuesses): IPAddress[] {
  const guesses = Array.from({ length: count }, () => randomFreeAddress({ ...space, held: [] }));
  return guesses.filter((guess) => guess !== null);
}

/** Beyond so many bits more than the limit has, it can't be seen that some numbers are more likely than others. */
const spareBits = 64;
const bitsPerDraw = 32;

/** A whole number from 0 to below the limit. Its random bits are scaled rather than drawn again when they are too high: it always ends. */
function randomBelow(limit: bigint, random: () => number): bigint {
  const draws = Math.ceil((limit.toString(2).length + spareBits) / bitsPerDraw);
  let bits = 0n;
  for (let draw = 0; draw < draws; draw++) bits = (bits << BigInt(bitsPerDraw)) | BigInt(Math.floor(random() * 2 ** bitsPerDraw));
  return (limit * bits) >> BigInt(draws * bitsPerDraw);
}

function compareNumbers(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function numbersOf(addresses: readonly IPAddress[], family: 4 | 6): Set<bigint> {
  const numbers = new Set<bigint>();
  for (const address of addresses) if (address.family === family) numbers.add(address.number);
  return numbers;
}
