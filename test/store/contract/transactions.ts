import { describe, expect, it } from 'vitest';
import type { Range } from '../../../src/store/range.ts';
import { type Compare, type CompareOperator, transactionLimit, type Write } from '../../../src/store/store.ts';
import { holds, type Space, textsOf } from './space.ts';

const operators: readonly CompareOperator[] = ['=', '!=', '<', '>'];

/** Whether `actual is expected`, where `order` is the sign of actual - expected. */
function expectation(order: number): Record<CompareOperator, boolean> {
  return { '=': order === 0, '!=': order !== 0, '<': order < 0, '>': order > 0 };
}

export function transactionContract(open: () => Space): void {
  describe('commit', () => {
    describe('compares', () => {
      it.each(['version', 'createRevision', 'modRevision'] as const)('%s with every operator', async (target) => {
        const space = open();
        await space.put('a', '1');
        await space.put('a', '2');
        const actual = (await space.get('a'))?.[target] ?? Number.NaN;
        for (const [offset, order] of [
          [0, 0],
          [1, -1],
          [-1, 1],
        ] as const) {
          for (const is of operators) {
            const compare: Compare = { target, range: { start: space.key('a') }, is, number: actual + offset };
            expect([is, offset, await holds(space.store, compare)]).toEqual([is, offset, expectation(order)[is]]);
          }
        }
      });

      it('value with every operator, by bytes', async () => {
        const space = open();
        await space.put('a', Buffer.from([0x61, 0x80]));
        const others: [Buffer, number][] = [
          [Buffer.from([0x61, 0x80]), 0],
          [Buffer.from([0x61, 0x7f, 0xff]), 1],
          [Buffer.from([0x61]), 1],
          [Buffer.alloc(0), 1],
          [Buffer.from([0x61, 0xc3]), -1],
          [Buffer.from([0x61, 0x80, 0x00]), -1],
        ];
        for (const [value, order] of others) {
          for (const is of operators) {
            const compare: Compare = { target: 'value', range: { start: space.key('a') }, is, value };
            expect([is, value, await holds(space.store, compare)]).toEqual([is, value, expectation(order)[is]]);
          }
        }
      });

      it('takes an absent key, and a range without keys, for one key of version and revisions 0', async () => {
        const space = open();
        await space.put('other', '1');
        const absent: Range[] = [{ start: space.key('absent') }, space.range('absent/', 'absent0')];
        for (const range of absent) {
          for (const target of ['version', 'createRevision', 'modRevision'] as const) {
            for (const is of operators) {
              expect([is, await holds(space.store, { target, range, is, number: 0 })]).toEqual([is, expectation(0)[is]]);
              expect([is, await holds(space.store, { target, range, is, number: 1 })]).toEqual([is, expectation(-1)[is]]);
            }
          }
        }
      });

      it('holds no comparison with the value of an absent key or of a range without keys', async () => {
        const space = open();
        await space.put('other', '');
        for (const range of [{ start: space.key('absent') }, space.range('absent/', 'absent0')]) {
          for (const is of operators) {
            expect(await holds(space.store, { target: 'value', range, is, value: Buffer.alloc(0) })).toBe(false);
            expect(await holds(space.store, { target: 'value', range, is, value: Buffer.from('x') })).toBe(false);
          }
        }
      });

      it('over a range must hold for each key that is there', async () => {
        const space = open();
        await space.write(space.putOf('r/1', 'same'), space.putOf('r/2', 'same'));
        const newest = await space.put('r/2', 'same');
        const range = space.range('r/', 'r0');
        expect(await holds(space.store, { target: 'value', range, is: '=', value: Buffer.from('same') })).toBe(true);
        expect(await holds(space.store, { target: 'version', range, is: '=', number: 1 })).toBe(false);
        expect(await holds(space.store, { target: 'version', range, is: '>', number: 0 })).toBe(true);
        expect(await holds(space.store, { target: 'version', range, is: '=', number: 0 })).toBe(false);
        expect(await holds(space.store, { target: 'modRevision', range, is: '<', number: newest })).toBe(false);
        expect(await holds(space.store, { target: 'modRevision', range, is: '<', number: newest + 1 })).toBe(true);
        await space.put('r0', 'just behind the end');
        await space.put('r', 'just before the start');
        expect(await holds(space.store, { target: 'modRevision', range, is: '<', number: newest + 1 })).toBe(true);
      });

      it('all have to hold', async () => {
        const space = open();
        await space.put('a', '1');
        const yes: Compare = { target: 'version', range: { start: space.key('a') }, is: '=', number: 1 };
        const no: Compare = { target: 'version', range: { start: space.key('b') }, is: '=', number: 1 };
        expect(await holds(space.store)).toBe(true);
        expect(await holds(space.store, yes, yes)).toBe(true);
        expect(await holds(space.store, yes, no)).toBe(false);
        expect(await holds(space.store, no, yes)).toBe(false);
      });
    });

    it('applies all writes at one new revision when the compares hold, and reads the store right after it', async () => {
      const space = open();
      const before = await space.write(space.putOf('a', '1'), space.putOf('gone', 'x'));
      const result = await space.store.commit({
        compares: [{ target: 'modRevision', range: { start: space.key('a') }, is: '=', number: before }],
        writes: [space.putOf('a', '2'), { type: 'delete', range: { start: space.key('gone') } }, space.putOf('b', 'new')],
        onSuccess: [{ start: space.key('b') }, space.all],
        onFailure: [{ start: space.key('gone') }],
      });
      expect(result.committed).toBe(true);
      expect(result.revision).toBeGreaterThan(before);
      if (space.alone) expect(result.revision).toBe(before + 1);
      expect(result.reads.map((entries) => textsOf(entries, space.name))).toEqual([{ b: 'new' }, { a: '2', b: 'new' }]);
      expect(result.reads[1]?.[0]).toMatchObject({ modRevision: result.revision, createRevision: before, version: 2 });
      expect(await space.texts(result.revision)).toEqual({ a: '2', b: 'new' });
      expect(await space.texts(before)).toEqual({ a: '1', gone: 'x' });
    });

    it('changes nothing when a compare fails, and reads the store as it is', async () => {
      const space = open();
      const before = await space.put('a', '1');
      const result = await space.store.commit({
        compares: [{ target: 'version', range: { start: space.key('a') }, is: '=', number: 9 }],
        writes: [space.putOf('b', '2'), { type: 'delete', range: { start: space.key('a') } }],
        onSuccess: [space.all],
        onFailure: [{ start: space.key('a') }, { start: space.key('b') }],
      });
      expect(result.committed).toBe(false);
      expect(result.revision).toBeGreaterThanOrEqual(before);
      if (space.alone) expect(result.revision).toBe(before);
      expect(result.reads.map((entries) => textsOf(entries, space.name))).toEqual([{ a: '1' }, {}]);
      expect(await space.texts()).toEqual({ a: '1' });
    });

    it('answers no reads when none were asked for', async () => {
      const space = open();
      expect((await space.store.commit({ compares: [], writes: [space.putOf('a', '1')] })).reads).toEqual([]);
    });

    it('deletes a range whole, and nothing beside it', async () => {
      const space = open();
      await space.write(...['d', 'd/1', 'd/2', 'd/\xff', 'd0'].map((name) => space.putOf(name, name)));
      await space.write({ type: 'delete', range: space.range('d/', 'd0') });
      expect(Object.keys(await space.texts())).toEqual(['d', 'd0']);
    });

    it('makes no revision without writes, nor when there is nothing to delete', async () => {
      const space = open();
      const before = await space.put('a', '1');
      const reading = await space.store.commit({ compares: [], writes: [], onSuccess: [space.all] });
      expect(reading.committed).toBe(true);
      expect(reading.reads.map((entries) => textsOf(entries, space.name))).toEqual([{ a: '1' }]);
      const deleting = await space.store.commit({
        compares: [],
        writes: [{ type: 'delete', range: { start: space.key('absent') } }],
      });
      expect(deleting.committed).toBe(true);
      expect(reading.revision).toBeGreaterThanOrEqual(before);
      expect(deleting.revision).toBeGreaterThanOrEqual(reading.revision);
      if (space.alone)
        expect([reading.revision, deleting.revision, await space.put('b', '1')]).toEqual([before, before, before + 1]);
    });

    it('counts versions from 1 for each life of a key', async () => {
      const space = open();
      const bookkeeping = async () => {
        const entry = await space.get('a');
        return entry === null ? null : [entry.createRevision, entry.modRevision, entry.version];
      };
      const first = await space.put('a', '1');
      expect(await bookkeeping()).toEqual([first, first, 1]);
      const second = await space.put('a', '1');
      expect(second).toBeGreaterThan(first);
      expect(await bookkeeping()).toEqual([first, second, 2]);
      await space.remove('a');
      expect(await bookkeeping()).toBeNull();
      const fourth = await space.put('a', '4');
      expect(await bookkeeping()).toEqual([fourth, fourth, 1]);
    });

    it('refuses to write a key twice, and then writes nothing', async () => {
      const space = open();
      const put = space.putOf('a', '1');
      const refused: Write[][] = [
        [put, space.putOf('a', '2')],
        [put, { type: 'delete', range: { start: space.key('a') } }],
        [{ type: 'delete', range: space.all }, put],
      ];
      for (const writes of refused) {
        await expect(space.store.commit({ compares: [], writes })).rejects.toBeInstanceOf(RangeError);
      }
      expect(await space.texts()).toEqual({});
    });

    it('takes as many compares, writes and reads as the limit says, and refuses one more', async () => {
      const space = open();
      const names = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
      const compares = (count: number) =>
        names(count).map((name): Compare => ({ target: 'version', range: { start: space.key(name) }, is: '=', number: 0 }));
      const writes = (count: number) => names(count).map((name) => space.putOf(name, name));
      const reads = (count: number) => names(count).map((name) => ({ start: space.key(name) }));
      const most = transactionLimit;

      const full = { compares: compares(most), writes: writes(most), onFailure: reads(most) };
      expect((await space.store.commit(full)).committed).toBe(true);
      const again = await space.store.commit(full);
      expect([again.committed, again.reads.length]).toEqual([false, most]);
      expect((await space.store.commit({ compares: [], writes: [], onSuccess: reads(most) })).reads).toHaveLength(most);

      for (const transaction of [
        { compares: compares(most + 1), writes: [] },
        { compares: [], writes: writes(most + 1) },
        { compares: [], writes: [], onSuccess: reads(most + 1) },
        { compares: [], writes: [], onFailure: reads(most + 1) },
        { compares: [], writes: writes(1), onSuccess: reads(most) },
      ]) {
        await expect(space.store.commit(transaction)).rejects.toBeInstanceOf(RangeError);
      }
    });

    it('takes about 1 MiB, and refuses more', async () => {
      const space = open();
      const large = Buffer.alloc(1024 * 1024 - 1024, 'x');
      await space.put('large', large);
      expect((await space.get('large'))?.value.equals(large)).toBe(true);
      const tooLarge = [space.putOf('a', large), space.putOf('b', Buffer.alloc(2048))];
      await expect(space.store.commit({ compares: [], writes: tooLarge })).rejects.toBeInstanceOf(RangeError);
      const compare: Compare = {
        target: 'value',
        range: { start: space.key('large') },
        is: '=',
        value: Buffer.alloc(1024 * 1024 + 1),
      };
      await expect(space.store.commit({ compares: [compare], writes: [] })).rejects.toBeInstanceOf(RangeError);
    });

    it('refuses a key that is empty or is no byte string', async () => {
      const space = open();
      for (const key of ['', `${space.key('')}\u0100`]) {
        const writes: Write[] = [{ type: 'put', key, value: Buffer.from('x') }];
        await expect(space.store.commit({ compares: [], writes })).rejects.toBeInstanceOf(RangeError);
      }
    });

    it('keeps keys of several kilobytes apart', async () => {
      const space = open();
      const long = 'long/'.repeat(800);
      await space.write(space.putOf(`${long}1`, 'one'), space.putOf(`${long}2`, 'two'));
      await space.remove(`${long}1`);
      expect(await space.texts()).toEqual({ [`${long}2`]: 'two' });
    });

    it('loses none of many concurrent increments that compare and swap', async () => {
      const space = open();
      await space.put('counter', '0');
      const increment = async () => {
        for (;;) {
          const entry = await space.get('counter');
          if (entry === null) throw new Error('the counter is gone');
          const { committed } = await space.store.commit({
            compares: [{ target: 'modRevision', range: { start: space.key('counter') }, is: '=', number: entry.modRevision }],
            writes: [space.putOf('counter', String(Number(entry.value.toString()) + 1))],
          });
          if (committed) return;
        }
      };
      const task = async () => {
        for (let round = 0; round < 10; round++) await increment();
      };
      await Promise.all(Array.from({ length: 8 }, task));
      expect(await space.get('counter')).toMatchObject({ value: Buffer.from('80'), version: 81 });
    });

    it('lets exactly one of many creators of a key win', async () => {
      const space = open();
      const create = (value: string) =>
        space.store.commit({
          compares: [{ target: 'version', range: { start: space.key('one') }, is: '=', number: 0 }],
          writes: [space.putOf('one', value)],
          onFailure: [{ start: space.key('one') }],
        });
      const results = await Promise.all(Array.from({ length: 20 }, (_, index) => create(String(index))));
      const winner = results.findIndex((result) => result.committed);
      expect(results.filter((result) => result.committed)).toHaveLength(1);
      expect((await space.get('one'))?.value.toString()).toBe(String(winner));
      for (const result of results) {
        if (!result.committed) expect(result.reads[0]?.[0]?.value.toString()).toBe(String(winner));
      }
    });
  });
}
