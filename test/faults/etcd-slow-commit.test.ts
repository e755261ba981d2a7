import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { Endpoint } from '../../src/store/etcd/endpoint.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { commitOnce, type OnceResult } from '../../src/store/outcome.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { type EtcdBehindProxy, startEtcdBehindProxy } from '../support/etcd-behind-proxy.ts';
import { storeWith } from '../support/store-with.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const range = { start: 'slow' };
/** An answer is waited for 1 s: also a busy machine gives one by then. */
const requestTimeoutMs = 2500;

/** Puts `slow`, and does not wait for the answer to its end. `late` is called when that is given up, before it is asked about. */
function putHastily(store: Store, late: () => void): Promise<OnceResult> {
  const observed = storeWith(store, {
    commit: (transaction) =>
      store.commit(transaction).catch((error: unknown) => {
        if (error instanceof OutcomeUnknownError) late();
        throw error;
      }),
  });
  const writes = [{ type: 'put', key: range.start, value: Buffer.from('put') }] as const;
  return commitOnce(observed, { compares: [], writes }, { token: 'token', value: Buffer.from('{}'), isHasty: true });
}

describe('etcd that answers a commit late', () => {
  let behind: EtcdBehindProxy;
  let proxy: EtcdBehindProxy['proxy'];
  beforeEach(async () => {
    behind = await startEtcdBehindProxy({}, { requestTimeoutMs });
    ({ proxy } = behind);
  });
  afterEach(() => behind.close());

  it('has done it once: watches keep their connection, and no read fails', async () => {
    const { store } = behind;
    const watch = await store.watch({ range });
    const { accepted } = proxy;
    proxy.pause('toClient');
    const read = async () => (await store.read({ ranges: [range] })).results[0]?.entries;
    const readings: ReturnType<typeof read>[] = [];
    const done = await putHastily(store, () => {
      readings.push(read());
      proxy.resume();
    });
    expect(done).toMatchObject({ outcome: 'committed' });
    for (const reading of [...readings, read()]) expect(await reading).toMatchObject([{ version: 1 }]);
    expect(readings).toHaveLength(1);
    await store.watch({ range });
    // That of the calls.
    expect(proxy.accepted - accepted).toBe(1);
    expect(await watch[Symbol.asyncIterator]().next()).toMatchObject({ value: { changes: [{ key: range.start }] } });
  });

  it('or never is asked at another endpoint what became of it, without waiting for the silent one again', async () => {
    const proxies = [proxy, await startTcpProxy(behind.etcd.server.port)] as const;
    const store = openEtcdStore({ endpoints: proxies.map(({ url }) => url), requestTimeoutMs });
    await store.status();
    const used = proxies[0].bytes.toServer > proxies[1].bytes.toServer ? proxies[0] : proxies[1];
    used.pause('toClient');
    let late = 0;
    expect(await putHastily(store, () => late++)).toMatchObject({ outcome: 'committed' });
    expect(late).toBe(1);
    used.resume();
    await store.close();
    await proxies[1].close();
  });

  it('many times on one connection gets one new connection, and what is under way on the old one is answered', async () => {
    const endpoint = new Endpoint(proxy.url, { endpoints: [], log: silentLog });
    await endpoint.probe();
    const { calls, watches } = endpoint;
    proxy.pause('toClient');
    const sent = proxy.bytes.toServer;
    const underWay = calls.status({ deadline: performance.now() + 60_000 });
    await expect.poll(() => proxy.bytes.toServer).toBeGreaterThan(sent);
    endpoint.doubt(calls);
    const next = endpoint.calls;
    endpoint.doubt(calls);
    expect(endpoint.calls).toBe(next);
    expect(next).not.toBe(calls);
    expect(endpoint.watches).toBe(watches);
    expect(await endpoint.isGood()).toBe(false);
    proxy.resume();
    expect(await underWay).toMatchObject({ version: expect.any(String) });
    await endpoint.probe();
    expect(await endpoint.isGood()).toBe(true);
    await endpoint.close();
  });
});
