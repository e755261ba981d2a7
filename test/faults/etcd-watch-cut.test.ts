import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdBehindProxy, startEtcdBehindProxy } from '../support/etcd-behind-proxy.ts';
import { HistoryWriter, historyRange, readHistory } from '../support/history.ts';
import { randomFrom, wholeFrom } from '../support/random.ts';

for (const version of etcdVersions) {
  describe(`a watch on etcd ${version} whose connection breaks`, () => {
    let behind: EtcdBehindProxy;
    let etcd: EtcdBehindProxy['etcd'];
    let proxy: EtcdBehindProxy['proxy'];
    let store: Store;
    beforeAll(async () => {
      behind = await startEtcdBehindProxy({ version });
      ({ etcd, proxy, store } = behind);
    });
    afterAll(() => behind.close());

    it('loses nothing and repeats nothing, wherever it breaks', async () => {
      const random = randomFrom(1);
      const writer = new HistoryWriter(etcd.store, random);
      const watch = await store.watch({ range: historyRange });
      for (let round = 0; round < 20; round++) {
        const cut = proxy.cutAfter('toClient', wholeFrom(random, 0, 8000));
        await writer.write(40);
        await cut;
      }
      expect(await readHistory(watch, writer.newest)).toEqual(writer.history);
      await watch.close();
    });

    it('goes on where it was although nothing can be reached for longer than the request timeout', async () => {
      const watch = await store.watch({ range: historyRange });
      const batches = watch[Symbol.asyncIterator]();
      proxy.refuse();
      proxy.cut();
      await expect(store.read({ ranges: [] })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      const writer = new HistoryWriter(etcd.store, randomFrom(2));
      await writer.write(20);
      proxy.admit();
      for (const { revision } of writer.history) expect(await batches.next()).toMatchObject({ value: { revision } });
      await watch.close();
    });

    it('ends with REVISION_COMPACTED when its history has gone meanwhile', async () => {
      const watch = await store.watch({ range: historyRange });
      proxy.refuse();
      proxy.cut();
      const writer = new HistoryWriter(etcd.store, randomFrom(3));
      await writer.write(20);
      await etcd.compact(writer.newest);
      proxy.admit();
      const gone = { code: 'REVISION_COMPACTED', details: { oldestRevision: writer.newest } };
      await expect(readHistory(watch, writer.newest)).rejects.toMatchObject(gone);
    });

    it('ends when it is closed while nothing can be reached', async () => {
      const watch = await store.watch({ range: historyRange });
      proxy.refuse();
      proxy.cut();
      const pending = watch[Symbol.asyncIterator]().next();
      await watch.close();
      expect(await pending).toEqual({ done: true, value: undefined });
      proxy.admit();
    });
  });
}
