import { describe, expect, it } from 'vitest';
import { KeptAnswers, keptBytes, largestKeptBytes } from '../../src/server/answers/kept-answers.ts';

const answer = (bytes: number) => ({ revision: 1, body: Buffer.alloc(bytes) });

describe('Kept answers', () => {
  it('never hold more than their bytes, and let go what was not asked for the longest', () => {
    const kept = new KeptAnswers();
    kept.reach(1);
    for (let index = 0; index < 100; index++) {
      kept.keep(`n${index}`, answer(1024 * 1024));
      kept.get('n0');
      expect(kept.bytes).toBeLessThanOrEqual(keptBytes);
    }
    expect(kept.size).toBe(31);
    expect(kept.get('n0')).toBeDefined();
    expect(kept.get('n1')).toBeUndefined();
    expect(kept.get('n99')).toBeDefined();
  });

  it('count even an empty one', () => {
    const kept = new KeptAnswers();
    kept.reach(1);
    for (let index = 0; index < 200_000; index++) kept.keep(`n${index}`, answer(0));
    expect(kept.size).toBeLessThanOrEqual(keptBytes / 256);
  });

  it('do not take one that would push many others out', () => {
    const kept = new KeptAnswers();
    kept.reach(1);
    kept.keep('large', answer(largestKeptBytes + 1));
    expect(kept.size).toBe(0);
  });

  it('all go with their revision, and one that comes late for an older one is not taken', () => {
    const kept = new KeptAnswers();
    expect(kept.reach(1)).toBe(true);
    kept.keep('a', answer(1));
    expect(kept.reach(2)).toBe(true);
    expect(kept.get('a')).toBeUndefined();
    kept.keep('b', answer(1));
    expect(kept.get('b')).toBeUndefined();
    expect(kept.reach(1)).toBe(false);
    expect(kept.bytes).toBe(0);
  });
});
