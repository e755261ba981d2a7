import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countAddresses, openFreeAddresses } from '../../src/store/values/addressing.ts';
import type { AddressRange, IPAddress } from '../../src/store/values/ip-address.ts';

const families = fc.constantFrom<4 | 6>(4, 6);

function highest(family: 4 | 6): bigint {
  return (1n << (family === 4 ? 32n : 128n)) - 1n;
}

/** Small enough to be walked through; at the start, in the middle or at the very end of all addresses. */
const smallSpace = fc
  .record({
    family: families,
    base: fc.constantFrom('start', 'middle', 'end'),
    size: fc.integer({ min: 1, max: 40 }),
    gatewayAt: fc.option(fc.integer({ min: -5, max: 45 })),
    gatewayFamily: families,
    heldAt: fc.array(fc.tuple(fc.integer({ min: -5, max: 45 }), fc.constantFrom(true, true, true, false)), { maxLength: 60 }),
    first: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ family, base, size, gatewayAt, gatewayFamily, heldAt, first }) => {
    const start = base === 'start' ? 0n : base === 'middle' ? 0x0a000000n : highest(family) - BigInt(size - 1);
    const at = (offset: number): bigint => {
      const number = start + BigInt(offset);
      return number < 0n ? 0n : number > highest(family) ? highest(family) : number;
    };
    const range: AddressRange = { family, first: start, last: start + BigInt(size - 1) };
    const gateway: IPAddress | null = gatewayAt === null ? null : { family: gatewayFamily, number: at(gatewayAt) };
    const held: IPAddress[] = heldAt.map(([offset, own]) => ({
      family: own ? family : family === 4 ? 6 : 4,
      number: at(offset),
    }));
    return { range, gateway, held, first };
  });

const same = (a: IPAddress, b: IPAddress) => a.family === b.family && a.number === b.number;

describe('addressing', () => {
  it('says of a small range what walking through it says', () => {
    fc.assert(
      fc.property(smallSpace, ({ range, gateway, held, first }) => {
        const all: IPAddress[] = [];
        for (let number = range.first; number <= range.last; number++) all.push({ family: range.family, number });
        const usable = all.filter((address) => gateway === null || !same(address, gateway));
        const free = usable.filter((address) => !held.some((one) => same(one, address)));
        const distinct = held.filter((address, index) => held.findIndex((one) => same(one, address)) === index);
        expect(countAddresses({ range, gateway, held })).toEqual({
          total: BigInt(usable.length),
          used: BigInt(distinct.length),
          available: BigInt(free.length),
          utilization: usable.length === 0 ? 0 : 1 - free.length / usable.length,
        });
        expect(openFreeAddresses({ range, gateway, held })(first)).toEqual(free.slice(0, first));
      }),
      { numRuns: 3000 },
    );
  });

  it('never hands out an address twice, one that is held, or the gateway, in a range of any size, until none is left', () => {
    const anyRange = families.chain((family) => {
      const number = fc.bigInt({ min: 0n, max: highest(family) });
      return fc.tuple(number, number).map(([a, b]): AddressRange => {
        const [first, last] = a < b ? [a, b] : [b, a];
        return { family, first, last };
      });
    });
    fc.assert(
      fc.property(anyRange, fc.boolean(), fc.integer({ min: 1, max: 20 }), (range, withGateway, rounds) => {
        const gateway = withGateway ? { family: range.family, number: range.first } : null;
        const held: IPAddress[] = [];
        const before = countAddresses({ range, gateway, held }).available;
        for (let round = 0; round < rounds; round++) {
          const [address] = openFreeAddresses({ range, gateway, held })(1);
          if (address === undefined) break;
          expect(address.number >= range.first && address.number <= range.last).toBe(true);
          expect(held.some((one) => same(one, address)) || (gateway !== null && same(gateway, address))).toBe(false);
          held.push(address);
        }
        expect(countAddresses({ range, gateway, held }).available).toBe(before - BigInt(held.length));
        expect(BigInt(held.length)).toBe(before < BigInt(rounds) ? before : BigInt(rounds));
      }),
      { numRuns: 500 },
    );
  });
});
