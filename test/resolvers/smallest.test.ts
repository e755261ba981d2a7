import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallest } from '../../src/resolvers/smallest.ts';

const ascending = (a: number, b: number) => a - b;

describe('smallest', () => {
  it('is what sorting all and taking the first ones gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }),
        fc.integer({ min: -1, max: 210 }),
        (items, count) => {
          expect(smallest(items, count, ascending)).toEqual(items.toSorted(ascending).slice(0, Math.max(count, 0)));
        },
      ),
    );
  });

  it('leaves the items as they were', () => {
    const items = [3, 1, 2];
    smallest(items, 2, ascending);
    smallest(items, 9, ascending);
    expect(items).toEqual([3, 1, 2]);
  });

  it('takes 50 of 100,000 items with about one comparison for each', () => {
    let comparisons = 0;
    const counting = (a: number, b: number) => {
      comparisons++;
      return a - b;
    };
    const scattered = Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 100_003);
    expect(smallest(scattered, 50, counting)).toHaveLength(50);
    expect(comparisons).toBeLessThan(120_000);
  });
});
