import { describe, expect, it } from 'vitest';
import { RangeProgress } from '../../src/store/etcd/range-progress.ts';
import { PageSize, planWave } from '../../src/store/etcd/read-plan.ts';

const single = () => new RangeProgress({ start: 'a' });
const long = (limit?: number) => new RangeProgress({ start: 'a', end: 'b', ...(limit === undefined ? {} : { limit }) });
const limitsOf = (plan: ReturnType<typeof planWave>) => plan.map((pages) => pages.map(({ limit }) => limit));
const most = new PageSize().keys;

describe('planWave', () => {
  it('asks a long range for a whole page', () => {
    expect(limitsOf(planWave([long()], most))).toEqual([[most]]);
  });

  it('puts keys and a long range into one transaction', () => {
    expect(limitsOf(planWave([single(), long(), single()], most))).toEqual([[1, most - 2, 1]]);
  });

  it('shares a transaction evenly among its ranges', () => {
    expect(limitsOf(planWave([long(), long(), long(), long()], 4000))).toEqual([[1000, 1000, 1000, 1000]]);
  });

  it('asks for no more than is wanted', () => {
    expect(limitsOf(planWave([long(7), long()], 1000))).toEqual([[7, 500]]);
  });

  it('puts at most 128 keys into a transaction', () => {
    const plan = planWave(Array.from({ length: 300 }, single), most);
    expect(plan.map((pages) => pages.length)).toEqual([128, 128, 44]);
  });

  it('lets no transaction hold more entries than a page, however many ranges there are', () => {
    const plan = planWave(Array.from({ length: 400 }, long), most);
    for (const limits of limitsOf(plan)) expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThanOrEqual(most);
    expect(plan.flat()).toHaveLength(400);
    expect(Math.min(...limitsOf(plan).flat())).toBeGreaterThanOrEqual(100);
  });

  it('splits keys, too, when only few entries fit', () => {
    expect(limitsOf(planWave(Array.from({ length: 5 }, single), 2))).toEqual([[1, 1], [1, 1], [1]]);
  });

  it('makes one empty transaction of no ranges', () => {
    expect(planWave([], most)).toEqual([[]]);
  });
});

describe('PageSize', () => {
  it('learns from what came that entries are large', () => {
    const size = new PageSize();
    size.saw(100, 100 * 64 * 1024);
    expect(size.keys).toBe(64);
    size.saw(100, 100);
    expect(size.keys).toBe(most);
  });

  it('never grows again beyond what was too large', () => {
    const size = new PageSize();
    expect(size.shrink()).toBe(true);
    const shrunk = size.keys;
    expect(shrunk).toBeLessThan(most);
    size.saw(1000, 1000);
    expect(size.keys).toBe(shrunk);
  });

  it('gives up when not even one entry fits', () => {
    const size = new PageSize();
    let shrinks = 0;
    while (size.shrink()) shrinks += 1;
    expect(shrinks).toBeLessThan(10);
    expect(size.keys).toBe(1);
  });
});
