import { describe, expect, it } from 'vitest';
import type { KeyValue, Watch, WatchBatch } from '../../../src/store/store.ts';
import type { Space } from './space.ts';

/** Reads batches until the one of `revision`, which must come. */
export async function batchesUntil(watch: Watch, revision: number): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  const iterator = watch[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) throw new Error(`The watch ended before revision ${revision}`);
    batches.push(next.value);
    if (next.value.revision >= revision) return batches;
  }
}

/** `name: before -> after`, a dash for nothing. */
export function changesOf(batch: WatchBatch, space: Space): string[] {
  const text = (entry: KeyValue | null) => (entry === null ? '-' : entry.value.toString());
  return batch.changes.map((change) => `${space.name(change.key)}: ${text(change.previous)} -> ${text(change.current)}`);
}

export function watchContract(open: () => Space): void {
  describe('watch', () => {
    it('delivers every change once, in revision order, one batch a revision, with the value before', async () => {
      const space = open();
      const before = await space.put('a', '0');
      const watch = await space.store.watch({ range: space.all });
      expect(watch.after).toBeGreaterThanOrEqual(before);
      const revisions = [
        await space.put('a', '1'),
        await space.write(space.putOf('c', 'c'), space.putOf('b', 'b')),
        await space.write({ type: 'delete', range: space.range('a', 'c') }, space.putOf('c', 'C')),
        await space.put('a', '2'),
      ];
      const batches = await batchesUntil(watch, revisions[3] ?? 0);
      expect(batches.map((batch) => batch.revision)).toEqual(revisions);
      expect(batches.map((batch) => changesOf(batch, space))).toEqual([
        ['a: 0 -> 1'],
        ['b: - -> b', 'c: - -> c'],
        ['a: 1 -> -', 'b: b -> -', 'c: c -> C'],
        ['a: - -> 2'],
      ]);
      await watch.close();
    });

    it('gives whole entries, before and after', async () => {
      const space = open();
      const first = await space.put('a', '1');
      const watch = await space.store.watch({ range: { start: space.key('a') }, after: first });
      const second = await space.put('a', '2');
      const third = await space.remove('a');
      const one = {
        key: space.key('a'),
        value: Buffer.from('1'),
        createRevision: first,
        modRevision: first,
        version: 1,
        leaseId: null,
      };
      const two = { ...one, value: Buffer.from('2'), modRevision: second, version: 2 };
      expect(await batchesUntil(watch, third)).toEqual([
        { revision: second, changes: [{ key: space.key('a'), previous: one, current: two }] },
        { revision: third, changes: [{ key: space.key('a'), previous: two, current: null }] },
      ]);
      await watch.close();
    });

    it('begins behind `after`, without a gap and without a repeat', async () => {
      const space = open();
      const revisions: number[] = [];
      for (let value = 0; value < 10; value++) revisions.push(await space.put('a', String(value)));
      for (const from of [0, 4, 8]) {
        const after = revisions[from] ?? 0;
        const watch = await space.store.watch({ range: space.all, after });
        expect(watch.after).toBe(after);
        const batches = await batchesUntil(watch, revisions[9] ?? 0);
        expect(batches.map((batch) => batch.revision)).toEqual(revisions.slice(from + 1));
        await watch.close();
      }
    });

    it('goes over from history to what comes, without a gap and without a repeat', async () => {
      const space = open();
      const first = await space.put('a', '0');
      const revisions: number[] = [];
      const writing = (async () => {
        for (let value = 1; value <= 60; value++) revisions.push(await space.put('a', String(value)));
      })();
      await space.put('started', '');
      const watches = await Promise.all(
        [1, 2, 3].map(() => space.store.watch({ range: { start: space.key('a') }, after: first })),
      );
      await writing;
      for (const watch of watches) {
        const batches = await batchesUntil(watch, revisions.at(-1) ?? 0);
        expect(batches.map((batch) => batch.revision)).toEqual(revisions);
        await watch.close();
      }
    });

    it('begins behind the newest revision without `after`', async () => {
      const space = open();
      await space.put('a', 'before');
      const watch = await space.store.watch({ range: space.all });
      const revision = await space.put('a', 'after');
      const batches = await batchesUntil(watch, revision);
      expect(batches.map((batch) => changesOf(batch, space))).toEqual([['a: before -> after']]);
      await watch.close();
    });

    it('delivers only what lies in its range, and no batch for a revision that changed nothing there', async () => {
      const space = open();
      const after = await space.put('start', '');
      const range = await space.store.watch({ range: space.range('b', 'd'), after });
      const single = await space.store.watch({ range: { start: space.key('b') }, after });
      await space.put('a', '1');
      const both = await space.write(...['a', 'b', 'c', 'd', 'b/1'].map((name) => space.putOf(name, '2')));
      await space.put('d', '3');
      const last = await space.write(space.putOf('b', '4'));
      expect((await batchesUntil(range, last)).map((batch) => [batch.revision, changesOf(batch, space)])).toEqual([
        [both, ['b: - -> 2', 'b/1: - -> 2', 'c: - -> 2']],
        [last, ['b: 2 -> 4']],
      ]);
      expect((await batchesUntil(single, last)).map((batch) => [batch.revision, changesOf(batch, space)])).toEqual([
        [both, ['b: - -> 2']],
        [last, ['b: 2 -> 4']],
      ]);
      await range.close();
      await single.close();
    });

    it('has delivered nothing for a transaction that failed or changed nothing', async () => {
      const space = open();
      const after = await space.put('a', '1');
      const watch = await space.store.watch({ range: space.all, after });
      await space.store.commit({
        compares: [{ target: 'version', range: { start: space.key('a') }, is: '=', number: 5 }],
        writes: [space.putOf('a', 'never')],
      });
      await space.remove('absent');
      const last = await space.put('a', '2');
      expect((await batchesUntil(watch, last)).map((batch) => changesOf(batch, space))).toEqual([['a: 1 -> 2']]);
      await watch.close();
    });

    it('delivers a commit that is as large as a commit may be in one batch', async () => {
      const space = open();
      const after = await space.put('start', '');
      const watch = await space.store.watch({ range: space.all, after });
      const value = Buffer.alloc(7 * 1024, 'x');
      const put = await space.write(...Array.from({ length: 120 }, (_, index) => space.putOf(`k${1000 + index}`, value)));
      const removed = await space.write({ type: 'delete', range: space.range('k', 'l') });
      const batches = await batchesUntil(watch, removed);
      expect(batches.map((batch) => [batch.revision, batch.changes.length])).toEqual([
        [put, 120],
        [removed, 120],
      ]);
      expect(batches[1]?.changes.every((change) => change.current === null && change.previous?.value.equals(value))).toBe(true);
      await watch.close();
    });

    it('settles a pending next() when it is closed, and ends quietly', async () => {
      const space = open();
      const watch = await space.store.watch({ range: space.all });
      const iterator = watch[Symbol.asyncIterator]();
      const pending = iterator.next();
      await watch.close();
      expect(await pending).toEqual({ done: true, value: undefined });
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      await watch.close();
    });

    it('settles a pending next() when its iterator returns', async () => {
      const space = open();
      const watch = await space.store.watch({ range: space.all });
      const iterator = watch[Symbol.asyncIterator]();
      const pending = iterator.next();
      await iterator.return?.();
      expect(await pending).toEqual({ done: true, value: undefined });
    });

    it('ends when a loop over it is left', async () => {
      const space = open();
      const after = await space.put('a', '1');
      await space.put('a', '2');
      const watch = await space.store.watch({ range: space.all, after });
      for await (const batch of watch) {
        expect(changesOf(batch, space)).toEqual(['a: 1 -> 2']);
        break;
      }
      expect(await watch[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
    });

    it('ends quietly when its signal aborts', async () => {
      const space = open();
      const controller = new AbortController();
      const watch = await space.store.watch({ range: space.all, signal: controller.signal });
      const pending = watch[Symbol.asyncIterator]().next();
      controller.abort();
      expect(await pending).toEqual({ done: true, value: undefined });
      const late = await space.store.watch({ range: space.all, signal: controller.signal });
      expect(await late[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
    });

    it('accepts the compaction revision as `after` and delivers what follows it, with the values before', async () => {
      const space = open();
      await space.write(space.putOf('a', '1'), space.putOf('b', '1'), space.putOf('c', '1'));
      const compacted = await space.write(space.putOf('a', '2'), { type: 'delete', range: { start: space.key('c') } });
      await space.write(space.putOf('a', '3'), space.putOf('c', '3'));
      const last = await space.write({ type: 'delete', range: { start: space.key('b') } });
      await space.compact(compacted);
      const watch = await space.store.watch({ range: space.all, after: compacted });
      expect((await batchesUntil(watch, last)).map((batch) => changesOf(batch, space))).toEqual([
        ['a: 2 -> 3', 'c: - -> 3'],
        ['b: 1 -> -'],
      ]);
      await watch.close();
    });

    it('fails with REVISION_COMPACTED for an `after` below the compaction revision, at once or when read', async () => {
      const space = open();
      const first = await space.put('a', '1');
      const second = await space.remove('a');
      const third = await space.put('a', '3');
      await space.compact(second);
      const reading = (async () => {
        const watch = await space.store.watch({ range: space.all, after: first });
        return await batchesUntil(watch, third);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'REVISION_COMPACTED' });
    });

    it('leaves no silent gap when the history goes away under a slow reader', async () => {
      const space = open();
      const after = await space.put('a', '0');
      const watch = await space.store.watch({ range: space.all, after });
      const revisions: number[] = [];
      for (let value = 1; value <= 20; value++) revisions.push(await space.put('a', String(value)));
      await space.compact(revisions[9] ?? 0);
      const batches: WatchBatch[] = [];
      try {
        for await (const batch of watch) {
          batches.push(batch);
          if (batch.revision === revisions.at(-1)) break;
        }
        expect(batches.map((batch) => batch.revision)).toEqual(revisions);
      } catch (error) {
        expect(error).toMatchObject({ code: 'REVISION_COMPACTED' });
        expect(batches.map((batch) => batch.revision)).toEqual(revisions.slice(0, batches.length));
      }
      await watch.close();
    });

    it('tells how far it is when it is asked, in its place among the batches and never too early', async () => {
      const space = open();
      const after = await space.put('a', '0');
      const watch = await space.store.watch({ range: space.all, after });
      const revisions: number[] = [];
      for (let value = 1; value <= 50; value++) {
        revisions.push(await space.put('a', String(value)));
        watch.requestProgress();
      }
      const told: number[] = [];
      let reached = after;
      for await (const { revision, changes } of watch) {
        expect(revision).toBeGreaterThanOrEqual(reached);
        reached = revision;
        if (changes.length > 0) told.push(revision);
        // All up to it has been delivered before.
        else expect(told).toEqual(revisions.filter((one) => one <= revision));
        if (told.length === revisions.length) break;
      }
      await watch.close();
    });

    it('tells that nothing lies in its range up to the newest revision, where the store can be sure of it', async () => {
      const space = open();
      const after = await space.put('a', '0');
      const watch = await space.store.watch({ range: { start: space.key('b') }, after });
      const last = await space.put('a', '1');
      const batches = watch[Symbol.asyncIterator]();
      const next = batches.next();
      const asking = setInterval(() => watch.requestProgress(), 20);
      try {
        if (space.tellsProgress) expect(await next).toEqual({ done: false, value: { revision: last, changes: [] } });
        const wanted = await space.put('b', '2');
        const delivered = space.tellsProgress ? batches.next() : next;
        expect(await delivered).toMatchObject({ done: false, value: { revision: wanted, changes: [{ previous: null }] } });
      } finally {
        clearInterval(asking);
        await watch.close();
      }
    });

    it('fails with BAD_USER_INPUT for an `after` above the newest revision', async () => {
      const space = open();
      const newest = await space.put('a', '1');
      const future = space.store.watch({ range: space.all, after: newest + 1_000_000 });
      await expect(future).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'after' } });
    });
  });
}
