import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Store } from '../../src/store/store.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { freePorts, portOf } from '../support/free-port.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { timed } from '../support/timed.ts';

const requestTimeoutMs = 1500;
const url = (port: number | undefined) => `http://127.0.0.1:${port}`;
const put = (store: Store, value: string) =>
  store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from(value) }] });

describe('a list of endpoints', () => {
  let etcd: EtcdServer;
  let web: HttpServer;
  let silent: Server;
  let dead: string;
  const sockets = new Set<Socket>();
  const stores: Store[] = [];
  beforeAll(async () => {
    etcd = await startEtcd();
    web = createHttpServer((_request, response) => response.writeHead(404).end('This is no etcd')).listen(0, '127.0.0.1');
    silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
    await Promise.all([once(web, 'listening'), once(silent, 'listening')]);
    dead = url((await freePorts(1))[0]);
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    web.closeAllConnections();
    web.close();
    silent.close();
    await etcd.close();
  });
  const openWithin = (ms: number, ...endpoints: string[]): Store => {
    const store = openEtcdStore({ endpoints, requestTimeoutMs: ms });
    stores.push(store);
    return store;
  };
  const open = (...endpoints: string[]): Store => openWithin(requestTimeoutMs, ...endpoints);

  it('with one that is dead, one that is no etcd and one that is silent: no call fails, wherever the good one stands', async () => {
    const bad = [dead, url(portOf(web)), url(portOf(silent))];
    for (const position of [0, 1, 2, 3]) {
      const store = open(...bad.slice(0, position), etcd.url, ...bad.slice(position));
      const watch = await store.watch({ range: { start: 'a' } });
      for (let round = 0; round < 20; round++) {
        const { outcome, ms } = await timed(put(store, String(round)));
        expect(outcome).toMatchObject({ value: { committed: true } });
        expect(ms).toBeLessThan(requestTimeoutMs);
        const { results } = await store.read({ ranges: [{ start: 'a' }] });
        expect(results[0]?.entries[0]?.value.toString()).toBe(String(round));
      }
      expect(await watch[Symbol.asyncIterator]().next()).toMatchObject({ done: false });
      expect(await store.status()).toMatchObject({ healthy: true });
    }
  });

  it('of which none is good: a call fails in bounded time and says why of each', async () => {
    const bad = [dead, url(portOf(web)), url(portOf(silent))];
    const { outcome, ms } = await timed(open(...bad).read({ ranges: [] }));
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    for (const address of bad) expect(outcome).toMatchObject({ reason: { message: expect.stringContaining(address) } });
    expect(ms).toBeLessThan(requestTimeoutMs + 1000);
  });

  it('of one cluster: when one breaks, the other one is used', async () => {
    const proxies = [await startTcpProxy(etcd.port), await startTcpProxy(etcd.port)] as const;
    const store = open(proxies[0].url, proxies[1].url);
    await put(store, 'before');
    const [used, other] = proxies[0].accepted > proxies[1].accepted ? proxies : [proxies[1], proxies[0]];
    const watch = await store.watch({ range: { start: 'a' } });
    used.refuse();
    used.cut();
    expect((await store.read({ ranges: [{ start: 'a' }] })).results[0]?.entries[0]?.value.toString()).toBe('before');
    expect(other.open).toBeGreaterThan(0);
    const { revision } = await put(store, 'after');
    expect(await watch[Symbol.asyncIterator]().next()).toMatchObject({ value: { revision } });
    await Promise.all(stores.splice(0).map((one) => one.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  it('of one cluster: when one falls silent, reads are answered by the other one within the request timeout', async () => {
    const proxies = [await startTcpProxy(etcd.port), await startTcpProxy(etcd.port)] as const;
    const store = open(proxies[0].url, proxies[1].url);
    await put(store, 'there');
    const used = proxies[0].open > 0 && proxies[0].bytes.toServer > proxies[1].bytes.toServer ? proxies[0] : proxies[1];
    used.pause();
    const { outcome, ms } = await timed(store.read({ ranges: [{ start: 'a' }] }));
    expect(outcome).toMatchObject({ value: { results: [{ entries: [{ value: Buffer.from('there') }] }] } });
    expect(ms).toBeLessThan(requestTimeoutMs);
    await Promise.all(stores.splice(0).map((one) => one.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  it('of two clusters: only the one that answered first is ever used', async () => {
    const stranger = await startEtcd();
    const store = open(etcd.url, stranger.url);
    await put(store, 'mine');
    await etcd.stop();
    const { outcome } = await timed(store.read({ ranges: [{ start: 'a' }] }));
    if (outcome.status === 'rejected') {
      expect(outcome.reason).toMatchObject({ message: expect.stringContaining('it belongs to another cluster') });
      await etcd.restart();
    } else {
      // The stranger answered first.
      await etcd.restart();
      await stranger.stop();
    }
    await stranger.close();
  });

  it('whose etcd has lost commits, as after a restore from a backup: is not read, and its watches end', async () => {
    const restored = await startEtcd();
    // Long enough for a loaded machine to connect again: the read goes on asking for all of it.
    const store = openWithin(3 * requestTimeoutMs, restored.url);
    for (const value of ['1', '2', '3']) await put(store, value);
    const watch = await store.watch({ range: { start: 'a' } });
    const next = watch[Symbol.asyncIterator]().next();
    const ending = expect(next).rejects.toMatchObject({ code: 'REVISION_COMPACTED' });
    await restored.stop();
    await rm(restored.dataDir, { recursive: true });
    await restored.restart();
    await expect(store.read({ ranges: [] })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('it has lost commits'),
    });
    await ending;
    await restored.close();
  });
});
