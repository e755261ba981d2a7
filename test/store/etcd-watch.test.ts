import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { Revision, Write } from '../../src/store/store.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { HistoryWriter, historyRange, readHistory } from '../support/history.ts';
import { load } from '../support/load.ts';
import { randomFrom } from '../support/random.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

for (const version of etcdVersions) {
  describe(`watches on etcd ${version}`, () => {
    let etcd: EtcdWithStore;
    beforeAll(async () => {
      etcd = await startEtcdWithStore({ version });
    });
    afterAll(() => etcd.close());

    const commit = async (...writes: Write[]): Promise<Revision> => {
      const { revision } = await etcd.store.commit({ compares: [], writes });
      return revision;
    };
    /** What etcd counts; with a label, of the first that has it. */
    const metric = async (name: string, label = '') => {
      const text = await (await fetch(`${etcd.server.url}/metrics`)).text();
      const line = text.split('\n').find((one) => one.startsWith(name) && one.includes(label));
      return Number(line?.split(' ').at(-1));
    };
    const put = (key: string, value: string | Buffer) => commit({ type: 'put', key, value: Buffer.from(value) });

    it('never miss a delete at the compaction revision, however the compaction and the beginning of the watch fall together', async () => {
      const outcomes = new Set<string>();
      for (let round = 0; round < 15; round++) {
        const created = await put('doomed', 'x');
        const deleted = await commit({ type: 'delete', range: { start: 'doomed' } });
        const last = await put('doomed/marker', String(round));
        const compaction = etcd.compact(deleted);
        if (round % 3 === 0) await compaction;
        try {
          const watch = await etcd.store.watch({ range: prefixRange('doomed'), after: created });
          const [first] = await readHistory(watch, last);
          await watch.close();
          expect(first).toEqual({ revision: deleted, changes: ['doomed: x -> -'] });
          outcomes.add('delivered');
        } catch (error) {
          expect(error).toMatchObject({ code: 'REVISION_COMPACTED', details: { oldestRevision: deleted } });
          outcomes.add('compacted');
        }
        await compaction;
      }
      expect(outcomes).toContain('compacted');
    });

    it('accept the compaction revision, at which values before are gone, and deliver all behind it', async () => {
      const compacted = await commit(
        ...['a', 'b'].map((name) => ({ type: 'put', key: `edge/${name}`, value: Buffer.from('1') }) as const),
      );
      await put('edge/a', '2');
      const last = await commit({ type: 'delete', range: prefixRange('edge/') });
      await etcd.compact(compacted);
      const watch = await etcd.store.watch({ range: prefixRange('edge/'), after: compacted });
      expect((await readHistory(watch, last)).flatMap(({ changes }) => changes)).toEqual([
        'edge/a: 1 -> 2',
        'edge/a: 2 -> -',
        'edge/b: 1 -> -',
      ]);
      await watch.close();
    });

    it('put one revision of many megabytes, which comes in fragments, together to one batch', async () => {
      const names = Array.from({ length: 4000 }, (_, index) => `fragments/${String(index).padStart(4, '0')}`);
      await load(
        etcd.store,
        names.map((name) => [name, Buffer.alloc(1500, name)] as const),
      );
      const watch = await etcd.store.watch({ range: prefixRange('fragments/') });
      const revision = await commit({ type: 'delete', range: prefixRange('fragments/') });
      const next = await watch[Symbol.asyncIterator]().next();
      if (next.done === true) throw new Error('The watch ended');
      const { changes } = next.value;
      expect(next.value.revision).toBe(revision);
      expect(changes.map(({ key }) => key)).toEqual(names);
      expect(changes.every(({ key, previous }) => previous?.value.toString('latin1', 0, key.length) === key)).toBe(true);
      await watch.close();
    });

    it('hold little for a reader that stops, and lose nothing when it goes on', async () => {
      const proxy = await startTcpProxy(etcd.server.port);
      const store = openEtcdStore({ endpoints: [proxy.url] });
      const watch = await store.watch({ range: prefixRange('slow/') });
      const value = Buffer.alloc(400_000, 'x');
      const revisions: Revision[] = [];
      for (let index = 0; index < 120; index++) revisions.push(await put(`slow/${index}`, value));
      expect(proxy.bytes.toClient).toBeLessThan(25_000_000);
      const seen = await readHistory(watch, revisions.at(-1) ?? 0);
      expect(seen.map(({ revision }) => revision)).toEqual(revisions);
      expect(proxy.bytes.toClient).toBeGreaterThan(48_000_000);
      await store.close();
      await proxy.close();
    });

    it('deliver a long history from its beginning', async () => {
      const writer = new HistoryWriter(etcd.store, randomFrom(4));
      const { revision: after } = await etcd.store.read({ ranges: [] });
      await writer.write(600);
      const watch = await etcd.store.watch({ range: historyRange, after });
      expect(await readHistory(watch, writer.newest)).toEqual(writer.history);
      await watch.close();
    });

    it('keep their one stream for longer than the request timeout', async () => {
      const requestTimeoutMs = 200;
      const store = openEtcdStore({ endpoints: [etcd.server.url], requestTimeoutMs });
      const before = await metric('grpc_server_started_total', 'grpc_method="Watch"');
      const watch = await store.watch({ range: { start: 'steady' } });
      const batches = watch[Symbol.asyncIterator]();
      for (const start = performance.now(); performance.now() < start + 4 * requestTimeoutMs; ) {
        const revision = await put('steady', 'x');
        expect(await batches.next()).toMatchObject({ value: { revision } });
      }
      expect(await metric('grpc_server_started_total', 'grpc_method="Watch"')).toBe(before + 1);
      await store.close();
    });

    it('leave nothing behind in etcd when they end', async () => {
      const watchers = () => metric('etcd_debugging_mvcc_watcher_total');
      const watches = await Promise.all(Array.from({ length: 100 }, () => etcd.store.watch({ range: { start: 'a' } })));
      expect(await watchers()).toBe(100);
      await Promise.all(watches.slice(0, 50).map((watch) => watch.close()));
      await Promise.all(watches.slice(50).map((watch) => watch[Symbol.asyncIterator]().return?.()));
      await expect.poll(watchers).toBe(0);
    });

    it('refuse a range in which no key can lie', async () => {
      await expect(etcd.store.watch({ range: { start: 'b', end: 'a' } })).rejects.toBeInstanceOf(RangeError);
    });
  });
}
