import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Store } from '../../src/store/store.ts';
import type { EtcdServer } from '../support/etcd.ts';
import { startEtcdCluster } from '../support/etcd-cluster.ts';
import { increment } from '../support/increment.ts';

describe('a cluster of three that loses its leader', () => {
  let members: readonly EtcdServer[];
  let store: Store;
  beforeAll(async () => {
    members = await startEtcdCluster('3.5');
    store = openEtcdStore({ endpoints: members.map(({ url }) => url) });
  });
  afterAll(async () => {
    await store.close();
    await Promise.all(members.map((member) => member.close()));
  });

  it('loses no commit, makes none twice, and delivers every change once', async () => {
    const watch = await store.watch({ range: { start: 'counter' } });
    const batches = watch[Symbol.asyncIterator]();
    let told = 0;
    let operation = 0;
    const incrementSome = async () => {
      for (let count = 0; count < 20; count++) told += (await increment(store, `token/${operation++}`)) ? 1 : 0;
    };
    // One of them leads, whichever it is at its turn.
    for (const member of members) {
      const incrementing = incrementSome();
      await member.kill();
      await incrementing;
      await member.restart();
    }
    const { results } = await store.read({ ranges: [{ start: 'counter' }] });
    expect(results[0]?.entries[0]?.value.toString()).toBe(String(told));
    for (let value = 1; value <= told; value++) {
      const next = await batches.next();
      expect(next.value?.changes[0]?.current?.value.toString()).toBe(String(value));
    }
    expect(told).toBeGreaterThan(30);
    await watch.close();
  });
});
