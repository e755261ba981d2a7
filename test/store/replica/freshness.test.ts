import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../../src/store/etcd/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../../support/etcd-store.ts';
import { openLoadedReplica, openReplica } from '../../support/replica.ts';
import { storeWith } from '../../support/store-with.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

const prefix = 'lochness/';

describe('reads of a replica', () => {
  let etcd: EtcdWithStore;
  beforeAll(async () => {
    etcd = await startEtcdWithStore({ version: '3.5' });
  });
  afterAll(() => etcd.close());

  it('see a commit of another client that was acknowledged before', async () => {
    const replica = await openLoadedReplica(kept(etcd.store));
    for (let round = 0; round < 200; round++) {
      const { revision } = await put(etcd.store, `${prefix}a`, String(round));
      const read = await replica.read({ ranges: [{ start: `${prefix}a` }] });
      expect(read.revision).toBeGreaterThanOrEqual(revision);
      expect(read.results[0]?.entries[0]?.value.toString()).toBe(String(round));
    }
    expect(replica.memory.counts.fallbacks).toBe(0);
    await replica.memory.freshen();
    await replica.close();
  });

  it('are served from memory although keys outside the prefix are written', async () => {
    const replica = await openLoadedReplica(kept(etcd.store));
    await put(etcd.store, 'elsewhere/a', '1');
    await replica.read({ ranges: [{ start: `${prefix}a` }] });
    expect(replica.memory.counts).toMatchObject({ loads: 1, waits: 1, fallbacks: 0 });
    await replica.close();
  });

  it('share their questions for the newest revision', async () => {
    const replica = await openLoadedReplica(kept(etcd.store));
    await Promise.all(Array.from({ length: 500 }, () => replica.read({ ranges: [{ start: `${prefix}a` }] })));
    expect(replica.memory.counts.probes).toBe(1);
    await replica.close();
  });

  it('go to etcd itself while nothing is loaded, and where the range is not all in memory', async () => {
    await put(etcd.store, 'elsewhere/b', '1');
    await put(etcd.store, `${prefix}b`, '2');
    const replica = openReplica(kept(etcd.store));
    const first = await replica.read({ ranges: [{ start: `${prefix}b` }] });
    expect(first.results[0]?.entries[0]?.value.toString()).toBe('2');
    const outside = await replica.read({ ranges: [{ start: 'elsewhere/b' }] });
    expect(outside.results[0]?.entries).toHaveLength(1);
    expect(replica.memory.counts.fallbacks).toBe(1);
    await replica.close();
  });

  it('go to etcd itself when the watch does not come that far in time, and back when it has', async () => {
    const proxy = await startTcpProxy(etcd.server.port);
    const through = openEtcdStore({ endpoints: [proxy.url] });
    // Only the watch goes through the proxy.
    const origin = storeWith(etcd.store, { watch: (request) => through.watch(request) });
    const replica = await openLoadedReplica(kept(origin), { readTimeoutMs: 100 });
    await replica.read({ ranges: [{ start: `${prefix}c` }] });
    proxy.pause('toClient');
    const { revision } = await put(etcd.store, `${prefix}c`, '3');
    const read = await replica.read({ ranges: [{ start: `${prefix}c` }] });
    expect(read.results[0]?.entries[0]?.value.toString()).toBe('3');
    expect(replica.memory.counts.fallbacks).toBe(1);
    // Nobody waits for it again.
    await replica.read({ ranges: [{ start: `${prefix}c` }] });
    expect(replica.memory.counts).toMatchObject({ waits: 1, fallbacks: 2 });
    proxy.resume();
    await replica.memory.reach(revision);
    while (!(await replica.memory.freshen())) await new Promise(setImmediate);
    await replica.close();
    await through.close();
    await proxy.close();
  });

  it('are of one state, which later commits do not change', async () => {
    const replica = await openLoadedReplica(kept(etcd.store));
    await put(etcd.store, `${prefix}d`, 'before');
    await replica.memory.freshen();
    const view = replica.memory.newest();
    await put(etcd.store, `${prefix}d`, 'after');
    await replica.memory.freshen();
    expect(view?.get(`${prefix}d`)?.value.toString()).toBe('before');
    expect(
      replica.memory
        .at(view?.revision ?? 0)
        ?.get(`${prefix}d`)
        ?.value.toString(),
    ).toBe('before');
    expect(replica.memory.newest()?.get(`${prefix}d`)?.value.toString()).toBe('after');
    await replica.close();
  });

  it('leave one watch to etcd, however many watch what is in memory, also from a revision that is only just coming', async () => {
    let watches = 0;
    const origin = storeWith(kept(etcd.store), {
      watch: (request) => {
        watches++;
        return etcd.store.watch(request);
      },
    });
    const replica = await openLoadedReplica(origin);
    for (let round = 0; round < 20; round++) {
      const { revision } = await put(etcd.store, `${prefix}f`, String(round));
      const watch = await replica.watch({ range: { start: `${prefix}f` }, after: revision });
      const next = watch[Symbol.asyncIterator]().next();
      const { revision: then } = await put(etcd.store, `${prefix}f`, 'then');
      expect(await next).toMatchObject({ value: { revision: then } });
      await watch.close();
    }
    expect(watches).toBe(1);
    await replica.close();
  });

  it('at a revision before the window come from etcd, and fail where etcd has compacted it', async () => {
    const { revision } = await put(etcd.store, `${prefix}e`, 'old');
    await put(etcd.store, `${prefix}e`, 'new');
    const replica = await openLoadedReplica(kept(etcd.store));
    const read = { at: revision, ranges: [{ start: `${prefix}e` }] };
    expect((await replica.read(read)).results[0]?.entries[0]?.value.toString()).toBe('old');
    await etcd.compact(revision + 1);
    await expect(replica.read(read)).rejects.toMatchObject({ code: 'REVISION_COMPACTED' });
    await replica.close();
  });
});

describe('reads of a replica of an etcd whose word on progress can not be trusted', () => {
  it('go to etcd itself after writes outside the prefix, and to memory again after the next one inside', async () => {
    const etcd = await startEtcdWithStore({ version: '3.4' });
    const replica = await openLoadedReplica(kept(etcd.store));
    await put(etcd.store, `${prefix}a`, '0');
    // It takes a moment until the watch has begun.
    while (!(await replica.memory.freshen())) await new Promise(setImmediate);
    const { fallbacks } = replica.memory.counts;
    await put(etcd.store, 'elsewhere/a', '1');
    const read = await replica.read({ ranges: [{ start: `${prefix}a` }] });
    expect(read.results[0]?.entries[0]?.value.toString()).toBe('0');
    expect(replica.memory.counts.fallbacks).toBe(fallbacks + 1);
    await put(etcd.store, `${prefix}a`, '2');
    while (!(await replica.memory.freshen())) await new Promise(setImmediate);
    await replica.close();
    await etcd.close();
  });
});

function put(store: Store, key: string, value: string) {
  return store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] });
}

/** The store below is shared by the tests: it stays open. */
function kept(store: Store): Store {
  return storeWith(store, { close: async () => undefined });
}
