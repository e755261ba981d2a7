import { describe, expect, it } from 'vitest';
import { transactionLimit, type Write } from '../../../src/store/store.ts';
import { type Space, textsOf } from './space.ts';

export function readContract(open: () => Space): void {
  describe('read', () => {
    it('answers keys and ranges in one call, in the order asked, each in key order', async () => {
      const space = open();
      await space.write(
        space.putOf('b/2', 'two'),
        space.putOf('a', 'one'),
        space.putOf('b/1', 'first'),
        space.putOf('c', 'three'),
      );
      const { results } = await space.store.read({
        ranges: [
          { start: space.key('c') },
          space.range('b/', 'b0'),
          { start: space.key('absent') },
          space.all,
          { start: space.key('a') },
        ],
      });
      expect(results.map((result) => textsOf(result.entries, space.name))).toEqual([
        { c: 'three' },
        { 'b/1': 'first', 'b/2': 'two' },
        {},
        { a: 'one', 'b/1': 'first', 'b/2': 'two', c: 'three' },
        { a: 'one' },
      ]);
      expect(results[3]?.entries.map((entry) => space.name(entry.key))).toEqual(['a', 'b/1', 'b/2', 'c']);
      expect(results.every((result) => !result.more)).toBe(true);
    });

    it('includes the start of a range and leaves out its end; a range that ends where it starts, or before, is empty', async () => {
      const space = open();
      await space.write(space.putOf('a', '1'), space.putOf('b', '2'), space.putOf('c', '3'));
      const { results } = await space.store.read({
        ranges: [space.range('a', 'c'), space.range('b', 'b'), space.range('c', 'a')],
      });
      expect(results.map((result) => result.entries.map((entry) => space.name(entry.key)))).toEqual([['a', 'b'], [], []]);
    });

    it('answers nothing for no ranges, with the newest revision', async () => {
      const space = open();
      const written = await space.put('a', '1');
      const result = await space.store.read({ ranges: [] });
      expect(result.results).toEqual([]);
      expect(result.revision).toBeGreaterThanOrEqual(written);
    });

    it('orders keys by their bytes', async () => {
      const space = open();
      const names = ['\x00', '\x7f', '\x80', '\xc3\xa9', '\xff', '\xff\x00', '\xff\xff', 'A', 'a', 'a\x00', 'a/', 'a0', 'B'];
      await space.write(...names.map((name) => space.putOf(name, name)));
      const { results } = await space.store.read({ ranges: [space.all, space.range('\x80', '\xff\xff')] });
      const byBytes = (left: string, right: string) => Buffer.from(left, 'latin1').compare(Buffer.from(right, 'latin1'));
      expect(results[0]?.entries.map((entry) => space.name(entry.key))).toEqual(names.toSorted(byBytes));
      expect(results[1]?.entries.map((entry) => space.name(entry.key))).toEqual(['\x80', '\xc3\xa9', '\xff', '\xff\x00']);
    });

    it('returns values byte for byte, empty ones too', async () => {
      const space = open();
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await space.write(space.putOf('bytes', bytes), space.putOf('empty', ''));
      expect((await space.get('bytes'))?.value.equals(bytes)).toBe(true);
      const empty = await space.get('empty');
      expect(Buffer.isBuffer(empty?.value)).toBe(true);
      expect(empty?.value.length).toBe(0);
    });

    it('is not changed by a caller that goes on to use the buffer it committed', async () => {
      const space = open();
      const value = Buffer.from('before');
      await space.write({ type: 'put', key: space.key('a'), value });
      value.write('broken');
      expect((await space.get('a'))?.value.toString()).toBe('before');
    });

    it('stops at a limit and says whether there is more', async () => {
      const space = open();
      await space.write(...['a', 'b', 'c'].map((name) => space.putOf(name, name)));
      const { results } = await space.store.read({
        ranges: [...[1, 2, 3, 4].map((limit) => ({ ...space.all, limit })), { start: space.key('b'), limit: 1 }],
      });
      expect(results.map((result) => [result.entries.map((entry) => space.name(entry.key)).join(''), result.more])).toEqual([
        ['a', true],
        ['ab', true],
        ['abc', false],
        ['abc', false],
        ['b', false],
      ]);
    });

    it('reads each older revision exactly as it was', async () => {
      const space = open();
      const first = await space.put('a', '1');
      const second = await space.write(space.putOf('a', '2'), space.putOf('b', '1'));
      const third = await space.remove('a');
      const fourth = await space.put('a', '4');
      expect(await space.texts(first)).toEqual({ a: '1' });
      expect(await space.texts(second)).toEqual({ a: '2', b: '1' });
      expect(await space.texts(third)).toEqual({ b: '1' });
      expect(await space.texts(fourth)).toEqual({ a: '4', b: '1' });
      expect(await space.texts()).toEqual({ a: '4', b: '1' });
      const result = await space.store.read({ at: second, ranges: [{ start: space.key('a') }] });
      expect(result.revision).toBe(second);
      expect(result.results[0]?.entries[0]).toMatchObject({
        createRevision: first,
        modRevision: second,
        version: 2,
        leaseId: null,
      });
    });

    it('sees every commit that was acknowledged before, and says at which revision', async () => {
      const space = open();
      for (let round = 0; round < 20; round++) {
        const written = await space.put('a', String(round));
        const { revision, results } = await space.store.read({ ranges: [{ start: space.key('a') }] });
        expect(revision).toBeGreaterThanOrEqual(written);
        expect(results[0]?.entries[0]?.value.toString()).toBe(String(round));
      }
    });

    it('never mixes two revisions in one read', async () => {
      const space = open();
      const pair = (value: number) => [space.putOf('left', String(value)), space.putOf('right', String(value))];
      await space.write(...pair(0));
      const writing = (async () => {
        for (let value = 1; value <= 50; value++) await space.write(...pair(value));
      })();
      for (let round = 0; round < 50; round++) {
        const { results } = await space.store.read({ ranges: [{ start: space.key('left') }, { start: space.key('right') }] });
        const [left, right] = results.map((result) => result.entries[0]?.value.toString());
        expect(left).toBe(right);
      }
      await writing;
    });

    it('reads at exactly the compaction revision, and fails with REVISION_COMPACTED below it', async () => {
      const space = open();
      const first = await space.put('a', '1');
      const second = await space.put('a', '2');
      await space.put('a', '3');
      await space.compact(second);
      expect(await space.texts(second)).toEqual({ a: '2' });
      expect(await space.texts()).toEqual({ a: '3' });
      await expect(space.texts(first)).rejects.toMatchObject({ code: 'REVISION_COMPACTED' });
    });

    it('fails with BAD_USER_INPUT for a revision above the newest', async () => {
      const space = open();
      const newest = await space.put('a', '1');
      const future = space.store.read({ at: newest + 1_000_000, ranges: [space.all] });
      await expect(future).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'revision' } });
    });

    it('fails with the reason of a signal that has aborted', async () => {
      const space = open();
      const reason = new Error('the caller went away');
      await expect(space.store.read({ ranges: [space.all], signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    it('counts what it cost', async () => {
      const space = open();
      await space.write(space.putOf('a', '12345'), space.putOf('b', ''));
      const { cost } = await space.store.read({ ranges: [{ start: space.key('a') }, { start: space.key('absent') }, space.all] });
      const keyBytes = space.key('a').length;
      expect(cost).toEqual({ waves: 1, transactions: 1, keys: 3, bytes: 3 * keyBytes + 10 });
    });

    it('reads more ranges than one transaction takes in one wave at one revision', async () => {
      const space = open();
      const names = Array.from({ length: 300 }, (_, index) => `k${String(index).padStart(3, '0')}`);
      for (let from = 0; from < names.length; from += 100) {
        await space.write(...names.slice(from, from + 100).map((name) => space.putOf(name, name)));
      }
      const { results, cost } = await space.store.read({ ranges: names.map((name) => ({ start: space.key(name) })) });
      expect(results.map((result) => result.entries[0]?.value.toString())).toEqual(names);
      expect(cost).toMatchObject({ waves: 1, transactions: Math.ceil(300 / transactionLimit), keys: 300 });
    });

    it('reads 100,000 keys whole, once each and in order, page by page, while the event loop goes on', async () => {
      const space = open();
      const names = Array.from({ length: 100_000 }, (_, index) => `k${String(index).padStart(6, '0')}`);
      const chunks: Write[][] = [];
      for (let from = 0; from < names.length; from += 100) {
        chunks.push(names.slice(from, from + 100).map((name) => space.putOf(name, `value of ${name}`)));
      }
      let next = 0;
      const load = async () => {
        for (let chunk = chunks[next++]; chunk !== undefined; chunk = chunks[next++]) await space.write(...chunk);
      };
      await Promise.all(Array.from({ length: 8 }, load));

      const loop = countTurns();
      const { revision, results, cost } = await space.store.read({
        ranges: [space.all, { start: space.key('k000007') }, { ...space.all, limit: 50_000 }],
      });
      const turns = loop.stop();

      expect(results[0]?.entries.map((entry) => space.name(entry.key))).toEqual(names);
      expect(results[0]?.entries.findIndex((entry) => entry.value.toString() !== `value of ${space.name(entry.key)}`)).toBe(-1);
      expect(results[1]?.entries).toHaveLength(1);
      expect(results[2]?.entries).toHaveLength(50_000);
      expect(results.map((result) => result.more)).toEqual([false, false, true]);
      expect(cost.keys).toBe(150_001);
      expect(cost.waves).toBeGreaterThan(1);
      expect(cost.transactions).toBeGreaterThanOrEqual(cost.waves);
      expect(turns).toBeGreaterThanOrEqual(cost.waves);

      await space.remove('k000000');
      const again = await space.store.read({ at: revision, ranges: [space.all] });
      expect(again.results[0]?.entries).toHaveLength(100_000);
    }, 120_000);
  });
}

/** Counts turns of the event loop, to see that a long read gives way to others between its pages. */
function countTurns(): { stop(): number } {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  return {
    stop: () => {
      clearImmediate(next);
      return turns;
    },
  };
}
