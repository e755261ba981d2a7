import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { createOften, createStubbornly, expectAsTold } from '../support/create-often.ts';
import { etcdVersions } from '../support/etcd.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { openGatewaySchema } from '../support/gateway-schema.ts';
import { randomFrom } from '../support/random.ts';
import { storeWith } from '../support/store-with.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { timed } from '../support/timed.ts';

const seeds = Array.from({ length: 2 }, (_, index) => 200 + index);

describe.each(etcdVersions)('mutations on etcd %s, for long', (version) => {
  async function open() {
    const etcd = await startEtcdWithStore({ version });
    const proxy = await startTcpProxy(etcd.server.port);
    const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 500 });
    const close = async () => {
      await store.close();
      await proxy.close();
      await etcd.close();
    };
    return { etcd, proxy, store, close };
  }

  it.each(seeds)('end as their clients are told, wherever the connection is cut (seed %i)', async (seed) => {
    const { etcd, proxy, store, close } = await open();
    const told = await createOften({ store, proxy, operations: 600, random: randomFrom(seed) });
    await expectAsTold(etcd.store, told);
    expect(told.faults).toBeGreaterThan(100);
    await close();
  });

  it.each(seeds)('that are repeated with their idempotency keys until they are done are done once (seed %i)', async (seed) => {
    const { etcd, proxy, store, close } = await open();
    const operations = 300;
    await createStubbornly({ store, proxy, operations, random: randomFrom(seed) }, 2);
    const { results } = await etcd.store.read({ ranges: [{ start: 'lochness/networks/', end: 'lochness/networks0' }] });
    expect(results[0]?.entries).toHaveLength(operations);
    await close();
  });

  it('say that nobody knows what became of them when the server stays silent, in bounded time', async () => {
    const { etcd, store, close } = await open();
    const pausing = storeWith(store, {
      commit(transaction) {
        etcd.server.pause();
        return store.commit(transaction);
      },
    });
    const gateway = await openGatewaySchema({ store: pausing, newId: randomUUID });
    const { outcome, ms } = await timed(gateway.errorsOf('mutation { createNetwork(input: {}) { network { id } } }'));
    expect(outcome).toMatchObject({ value: [{ code: 'STORE_UNAVAILABLE', outcome: 'UNKNOWN', path: 'createNetwork' }] });
    expect(ms).toBeLessThan(20_000);
    etcd.server.resume();
    await close();
  });
});
