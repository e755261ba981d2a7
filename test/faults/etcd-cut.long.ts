import { describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { etcdVersions } from '../support/etcd.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { type CommitSeen, HistoryWriter, historyRange, readHistory } from '../support/history.ts';
import { incrementOften } from '../support/increment.ts';
import { randomFrom, wholeFrom } from '../support/random.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const seeds = Array.from({ length: 5 }, (_, index) => 100 + index);

describe.each(etcdVersions)('a connection to etcd %s that is cut at random points, for long', (version) => {
  it.each(seeds)('loses and repeats no change (seed %i)', async (seed) => {
    const etcd = await startEtcdWithStore({ version });
    const proxy = await startTcpProxy(etcd.server.port);
    const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 2000 });
    const random = randomFrom(seed);
    const writer = new HistoryWriter(etcd.store, random);
    const watch = await store.watch({ range: historyRange });
    const rounds = 100;
    const seen: CommitSeen[] = [];
    for (let round = 0; round < rounds; round++) {
      const cut = proxy.cutAfter('toClient', wholeFrom(random, 0, 12_000));
      await writer.write(60);
      await cut;
      // A watch may begin anywhere in what is there.
      const from = writer.history[wholeFrom(random, 0, writer.history.length - 1)];
      const late = await etcd.store.watch({ range: historyRange, after: from?.revision ?? 0 });
      if (from !== undefined && from.revision < writer.newest) {
        expect(await readHistory(late, writer.newest)).toEqual(writer.history.filter(({ revision }) => revision > from.revision));
      }
      await late.close();
      seen.push(...(await readHistory(watch, writer.newest)));
    }
    expect(seen).toEqual(writer.history);
    await store.close();
    await proxy.close();
    await etcd.close();
  });

  it.each(seeds)('changes a counter exactly as often as its callers were told (seed %i)', async (seed) => {
    const etcd = await startEtcdWithStore({ version });
    const proxy = await startTcpProxy(etcd.server.port);
    const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 2000 });
    const told = await incrementOften({ store, proxy, operations: 1000, random: randomFrom(seed) });
    const { results } = await etcd.store.read({ ranges: [{ start: 'counter' }] });
    expect(results[0]?.entries[0]?.value.toString()).toBe(String(told.committed));
    expect(told.cuts).toBeGreaterThan(100);
    await store.close();
    await proxy.close();
    await etcd.close();
  });
});
