import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { etcdVersions } from '../support/etcd.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

describe.each(etcdVersions)('silence between a store and etcd %s', (version) => {
  it('that lasts minutes is no reason for etcd to close the connections; a watch that was forgotten on the way is noticed', async () => {
    const etcd = await startEtcdWithStore({ version });
    const proxy = await startTcpProxy(etcd.server.port);
    const store = openEtcdStore({ endpoints: [proxy.url] });
    const watch = await store.watch({ range: { start: 'a' } });
    const batches = watch[Symbol.asyncIterator]();
    // The passing of time is what is tested: etcd closes a connection after some pings that it does not expect.
    await pause(150_000);
    expect([proxy.accepted, proxy.open]).toEqual([2, 2]);

    proxy.freeze();
    const start = performance.now();
    const { revision } = await etcd.store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('x') }] });
    expect(await batches.next()).toMatchObject({ value: { revision } });
    expect(performance.now() - start).toBeLessThan(30_000);
    await store.close();
    await proxy.close();
    await etcd.close();
  });
});
