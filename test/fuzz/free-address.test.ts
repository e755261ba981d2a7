import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomAddresses, randomFreeAddress } from '../../src/store/values/addressing.ts';
import type { AddressRange, IPAddress } from '../../src/store/values/ip-address.ts';
import { randomFrom } from '../support/random.ts';

const families = fc.constantFrom<4 | 6>(4, 6);
const seeds = fc.integer({ min: 1, max: 2 ** 31 });

function highest(family: 4 | 6): bigint {
  return (1n << (family === 4 ? 32n : 128n)) - 1n;
}

/** A range anywhere, from a single address to all there are, of which a part near its start, its end or a number is held. */
const anySpace = families.chain((family) => {
  const number = fc.bigInt({ min: 0n, max: highest(family) });
  const size = fc.oneof(fc.bigInt({ min: 1n, max: 40n }), fc.bigInt({ min: 1n, max: highest(family) + 1n }));
  const offset = fc.bigInt({ min: -3n, max: 45n });
  return fc
    .record({
      number,
      size,
      gateway: fc.option(offset),
      held: fc.array(fc.tuple(offset, fc.boolean(), families), { maxLength: 60 }),
    })
    .map(({ number: start, size, gateway, held }) => {
      const first = start + size - 1n > highest(family) ? highest(family) - size + 1n : start;
      const range: AddressRange = { family, first, last: first + size - 1n };
      const at = (distance: bigint, fromEnd: boolean) => clamp(family, fromEnd ? range.last - distance : first + distance);
      return {
        range,
        gateway: gateway === null ? null : { family, number: at(gateway, false) },
        held: held.map(
          ([distance, fromEnd, ofFamily]): IPAddress => ({
            family: ofFamily,
            number: clamp(ofFamily, at(distance, fromEnd)),
          }),
        ),
      };
    });
});

function clamp(family: 4 | 6, number: bigint): bigint {
  return number < 0n ? 0n : number > highest(family) ? highest(family) : number;
}

const same = (a: IPAddress, b: IPAddress) => a.family === b.family && a.number === b.number;
const isIn = ({ family, first, last }: AddressRange, address: IPAddress) =>
  address.family === family && address.number >= first && address.number <= last;

describe('a random free address', () => {
  it('is in the range, held by nobody and not the gateway, in a range of any size', () => {
    fc.assert(
      fc.property(anySpace, seeds, ({ range, gateway, held }, seed) => {
        const free = randomFreeAddress({ range, gateway, held, random: randomFrom(seed) });
        if (free === null) return;
        expect(isIn(range, free)).toBe(true);
        expect(held.some((one) => same(one, free))).toBe(false);
        expect(gateway !== null && same(gateway, free)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it('is found until none is left, each once, whatever is drawn', () => {
    const draws = [() => 0, () => 1 - 2 ** -53, randomFrom(7)];
    const smallSpace = anySpace.filter(({ range }) => range.last - range.first < 64n);
    fc.assert(
      fc.property(smallSpace, fc.constantFrom(...draws), ({ range, gateway, held }, random) => {
        const expected = new Set<bigint>();
        for (let number = range.first; number <= range.last; number++) {
          const address = { family: range.family, number };
          const isTaken = held.some((one) => same(one, address)) || (gateway !== null && same(gateway, address));
          if (!isTaken) expected.add(number);
        }
        const taken = [...held];
        const found = new Set<bigint>();
        for (;;) {
          const free = randomFreeAddress({ range, gateway, held: taken, random });
          if (free === null) break;
          taken.push(free);
          found.add(free.number);
        }
        expect(found).toEqual(expected);
        expect(taken.length).toBe(held.length + expected.size);
      }),
      { numRuns: 300 },
    );
  });

  it('is each of the free ones equally often', () => {
    const range: AddressRange = { family: 4, first: 100n, last: 119n };
    const held = [101n, 102n, 105n, 119n].map((number): IPAddress => ({ family: 4, number }));
    const random = randomFrom(11);
    const counts = new Map<bigint, number>();
    for (let round = 0; round < 15_000; round++) {
      const free = randomFreeAddress({ range, gateway: { family: 4, number: 100n }, held, random });
      if (free !== null) counts.set(free.number, (counts.get(free.number) ?? 0) + 1);
    }
    expect(counts.size).toBe(15);
    // Each is expected 1,000 times, give or take 31.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('may be anywhere in the largest range that there is', () => {
    const range: AddressRange = { family: 6, first: 0n, last: highest(6) };
    const random = randomFrom(5);
    const draw = () => randomFreeAddress({ range, gateway: null, held: [], random })?.number ?? 0n;
    const drawn = Array.from({ length: 64 }, draw);
    // Halves, quarters, ... of the range, and odd and even numbers: a draw of 53 bits alone would have zeros at the end.
    expect(new Set(drawn.map((number) => number >> 125n)).size).toBe(8);
    expect(new Set(drawn.map((number) => number & 7n)).size).toBe(8);
  });
});

describe('random addresses', () => {
  it('are in the range and never the gateway, as many as are asked for, or none where there are none', () => {
    fc.assert(
      fc.property(anySpace, seeds, ({ range, gateway }, seed) => {
        const drawn = randomAddresses({ range, gateway, random: randomFrom(seed), count: 5 });
        for (const address of drawn) {
          expect(isIn(range, address)).toBe(true);
          expect(gateway !== null && same(gateway, address)).toBe(false);
        }
        const isOnlyGateway = range.first === range.last && gateway !== null && isIn(range, gateway);
        expect(drawn).toHaveLength(isOnlyGateway ? 0 : 5);
      }),
    );
  });
});
