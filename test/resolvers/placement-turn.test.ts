import { describe, expect, it } from 'vitest';
import { longestQueue, Turns } from '../../src/resolvers/placement/turn.ts';

const { signal } = new AbortController();

/** What is settled by now: all promises that depend on nothing else. */
async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

describe('turns', () => {
  it('come one after the other, in the order in which they were asked for', async () => {
    const turns = new Turns();
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    for (const number of [1, 2, 3]) {
      void turns.take(signal).then((end) => {
        begun.push(number);
        ends.push(end);
      });
    }
    for (const number of [1, 2, 3]) {
      await settled();
      expect(begun).toEqual([1, 2, 3].slice(0, number));
      ends[number - 1]?.();
    }
    await (await turns.take(signal))();
  });

  it('are given up by who aborts, and those behind still wait for those before', async () => {
    const turns = new Turns();
    const end = await turns.take(signal);
    const giving = new AbortController();
    const given = turns.take(giving.signal);
    let hasBegun = false;
    const behind = turns.take(signal).then((endBehind) => {
      hasBegun = true;
      return endBehind;
    });
    giving.abort(new Error('gone'));
    await expect(given).rejects.toThrow('gone');
    await expect(turns.take(giving.signal)).rejects.toThrow('gone');
    await settled();
    expect(hasBegun).toBe(false);
    end();
    (await behind)();
  });

  it('are not waited for by who comes when very many wait, and again when these are through', async () => {
    const turns = new Turns();
    const endFirst = await turns.take(signal);
    const waiting = Array.from({ length: longestQueue }, () => turns.take(new AbortController().signal).then((end) => end()));
    const endOther = await turns.take(signal);
    endOther();
    endFirst();
    // To end it twice is to end it once.
    endFirst();
    await Promise.all(waiting);
    const end = await turns.take(signal);
    let hasBegun = false;
    const behind = turns.take(signal).then((endBehind) => {
      hasBegun = true;
      endBehind();
    });
    await settled();
    expect(hasBegun).toBe(false);
    end();
    await behind;
  });
});
