import { describe, expect, it } from 'vitest';
import { choicesAfter, inOrderOf, type PlacementStrategy, shuffled } from '../../src/resolvers/placement/strategy.ts';
import { randomFrom } from '../support/random.ts';

function candidate(id: string, memory: bigint) {
  return { id, free: { memory, disk: 0n, cpu: 0n } };
}

/** Numbers that a double can't tell apart. */
const huge = 2n ** 60n;
const candidates = [
  candidate('b', huge),
  candidate('e', 5n),
  candidate('a', huge + 1n),
  candidate('d', 5n),
  candidate('c', huge),
];

function idsBy(strategy: 'SPREAD' | 'PACK'): string[] {
  return inOrderOf(strategy, { candidates, random: Math.random }).map(({ id }) => id);
}

describe('the strategies of placement', () => {
  it('SPREAD has the most free memory first, and of the same the lowest id', () => {
    expect(idsBy('SPREAD')).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('PACK has the least free memory first, and of the same the lowest id', () => {
    expect(idsBy('PACK')).toEqual(['d', 'e', 'b', 'c', 'a']);
  });

  it('RANDOM has each order equally often', () => {
    const random = randomFrom(3);
    const counts = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const order = inOrderOf('RANDOM', { candidates: candidates.slice(0, 3), random });
      const ids = order.map(({ id }) => id).join('');
      counts.set(ids, (counts.get(ids) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Each is expected 1,000 times, give or take 29.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('leave what they are given as it is', () => {
    const given = Object.freeze([...candidates]);
    for (const strategy of ['RANDOM', 'SPREAD', 'PACK'] as const) inOrderOf(strategy, { candidates: given, random: Math.random });
    expect(shuffled(given, Math.random)).toHaveLength(given.length);
  });

  it('choose among twice as many with each lost race, but never among more than four, and with PACK never among any', () => {
    const choices = (strategy: PlacementStrategy) => [0, 1, 2, 3, 9].map((lostRaces) => choicesAfter(lostRaces, strategy));
    expect(choices('SPREAD')).toEqual([1, 2, 4, 4, 4]);
    expect(choices('PACK')).toEqual([1, 1, 1, 1, 1]);
  });
});
