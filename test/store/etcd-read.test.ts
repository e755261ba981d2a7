import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prefixRange } from '../../src/store/range.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { longestTurnMs } from '../support/event-loop.ts';
import { load } from '../support/load.ts';

const mebibyte = 1024 * 1024;

for (const version of etcdVersions) {
  describe(`reads from etcd ${version}`, () => {
    let etcd: EtcdWithStore;
    beforeAll(async () => {
      etcd = await startEtcdWithStore({ version });
    });
    afterAll(() => etcd.close());

    it('reads a range of 8 MiB, which is more than gRPC takes by default', async () => {
      const values = Array.from({ length: 128 }, (_, index) => Buffer.alloc(64 * 1024, index));
      await load(
        etcd.store,
        values.map((value, index) => [`wide/${String(index).padStart(3, '0')}`, value] as const),
      );
      const { results, cost } = await etcd.store.read({ ranges: [prefixRange('wide/')] });
      expect(results[0]?.entries.map(({ value }) => value.equals(values[value[0] ?? 0] ?? Buffer.alloc(0)))).toEqual(
        values.map(() => true),
      );
      expect(cost).toMatchObject({ keys: 128, waves: 1 });
    });

    it('asks for less when a reply would be larger than it takes, of a range and of single keys', async () => {
      const names = Array.from({ length: 48 }, (_, index) => `huge/${String(index).padStart(2, '0')}`);
      await load(
        etcd.store,
        names.map((name) => [name, Buffer.alloc(0.85 * mebibyte, name)] as const),
      );
      for (const ranges of [[prefixRange('huge/')], names.map((start) => ({ start }))]) {
        const { results, cost } = await etcd.store.read({ ranges });
        const entries = results.flatMap((result) => result.entries);
        expect(entries.map(({ key }) => key)).toEqual(names);
        expect(entries.every(({ key, value }) => value.toString('latin1', 0, key.length) === key)).toBe(true);
        expect(cost.waves).toBeGreaterThan(1);
      }
    });

    it('reads a long range at one revision, whatever is written meanwhile', async () => {
      const names = Array.from({ length: 20_000 }, (_, index) => `long/${String(index).padStart(6, '0')}`);
      await load(
        etcd.store,
        names.map((name) => [name, 'x'] as const),
      );
      const reading = etcd.store.read({ ranges: [prefixRange('long/')] });
      const deletion = { compares: [], writes: [{ type: 'delete', range: prefixRange('long/0199') }] } as const;
      const { revision: deleted } = await etcd.store.commit(deletion);
      const { revision, results } = await reading;
      expect(results[0]?.entries.map(({ key }) => key)).toEqual(revision < deleted ? names : names.slice(0, -100));
    });

    it('reads nothing for ranges that can hold no key, and spells none of them as etcd’s “all keys”', async () => {
      await load(etcd.store, [['a', '1']]);
      const empty = [
        { start: 'a', end: 'a' },
        { start: 'a', end: '' },
        { start: '', end: '\0' },
        { start: '\0', end: '\0' },
        { start: '' },
      ];
      const { results } = await etcd.store.read({ ranges: empty });
      expect(results.map(({ entries }) => entries.length)).toEqual([0, 0, 0, 0, 0]);
      await etcd.store.commit({ compares: [], writes: empty.map((range) => ({ type: 'delete', range })) });
      const range = { start: '', end: '\xff' };
      const { results: all } = await etcd.store.read({ ranges: [{ ...range, limit: 1 }] });
      expect(all[0]?.entries[0]?.key).toBe('a');
    });

    it('stops at once when its signal aborts, with the reason', async () => {
      const controller = new AbortController();
      const reason = new Error('the caller went away');
      const reading = etcd.store.read({ ranges: [prefixRange('long/')], signal: controller.signal });
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
      expect((await etcd.store.status()).healthy).toBe(true);
    });

    it('waits at many places at once on one signal without a warning, and leaves none of its listeners there', async () => {
      const warnings: Error[] = [];
      const warn = (warning: Error) => warnings.push(warning);
      process.on('warning', warn);
      const { signal } = new AbortController();
      const ranges = Array.from({ length: 3000 }, (_, index) => ({ start: `long/${String(index).padStart(6, '0')}` }));
      const { results } = await etcd.store.read({ ranges, signal });
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', warn);
      expect(results.every(({ entries }) => entries.length === 1)).toBe(true);
      expect(warnings).toEqual([]);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    it('names the oldest revision that is left when one is compacted', async () => {
      const { revision: old } = await etcd.store.status();
      await load(etcd.store, [['a', '2']]);
      const { revision: oldest } = await etcd.store.status();
      await etcd.compact(oldest);
      const failure = { code: 'REVISION_COMPACTED', details: { oldestRevision: oldest } };
      await expect(etcd.store.read({ at: old, ranges: [{ start: 'a' }] })).rejects.toMatchObject(failure);
      await expect(etcd.store.read({ at: 0, ranges: [{ start: 'a' }] })).rejects.toMatchObject(failure);
      await expect(etcd.store.watch({ after: old, range: { start: 'a' } })).rejects.toMatchObject(failure);
    });
  });
}

describe('a read of very many keys', () => {
  let etcd: EtcdWithStore;
  beforeAll(async () => {
    etcd = await startEtcdWithStore();
  });
  afterAll(() => etcd.close());

  // What the first page of a folder of UUIDs leaves is read in parts side by side, that of any other page by page.
  it.each([
    ['100,000 UUIDs', 100_000, (index: number) => createHash('md5').update(String(index)).digest('hex')],
    ['30,000 other names', 30_000, (index: number) => `name-${index}`],
  ])('leaves the event loop free: %s', async (folder, count, nameOf) => {
    await load(
      etcd.store,
      Array.from({ length: count }, (_, index) => [`${folder}/${nameOf(index)}`, 'some value'] as const),
    );
    // The best of some: a collection of garbage can come into any one of them.
    const turns: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const { result, turnMs } = await longestTurnMs(() => etcd.store.read({ ranges: [prefixRange(`${folder}/`)] }));
      const entries = result.results[0]?.entries ?? [];
      expect(entries).toHaveLength(count);
      expect(entries.every(({ key }, index) => key > (entries[index - 1]?.key ?? ''))).toBe(true);
      turns.push(turnMs);
    }
    expect(Math.min(...turns)).toBeLessThan(50);
  });
});
