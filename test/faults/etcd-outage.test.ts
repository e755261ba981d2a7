import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { OutcomeUnknownError, type Revision, type Store } from '../../src/store/store.ts';
import { type EtcdServer, type EtcdVersion, etcdVersions, startEtcd } from '../support/etcd.ts';
import { timed } from '../support/timed.ts';

const requestTimeoutMs = 1000;
/** Room for a busy machine. */
const boundMs = requestTimeoutMs + 1500;
const endings: Readonly<Record<EtcdVersion, { how: string; end: (server: EtcdServer) => Promise<void> }>> = {
  '3.4': { how: 'stopped', end: (server) => server.stop() },
  '3.5': { how: 'killed', end: (server) => server.kill() },
};

async function untilHealthy(store: Store): Promise<void> {
  await expect.poll(() => store.status(), { timeout: 10_000 }).toMatchObject({ healthy: true });
}

const unavailable = { status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } };

for (const version of etcdVersions) {
  describe(`when etcd ${version} is out of order`, () => {
    let server: EtcdServer;
    let store: Store;
    beforeAll(async () => {
      server = await startEtcd({ version });
      store = openEtcdStore({ endpoints: [server.url], requestTimeoutMs });
    });
    afterAll(async () => {
      await store.close();
      await server.close();
    });

    const put = async (value: string): Promise<Revision> => {
      const { revision } = await store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from(value) }] });
      return revision;
    };
    const get = async (): Promise<string | undefined> => {
      const { results } = await store.read({ ranges: [{ start: 'a' }] });
      return results[0]?.entries[0]?.value.toString();
    };

    it(`${endings[version].how}: every call fails in bounded time, and all goes on when it is back`, async () => {
      const { how, end } = endings[version];
      const written = await put(how);
      const watch = await store.watch({ range: { start: 'a' } });
      const batches = watch[Symbol.asyncIterator]();
      await end(server);
      // Nobody knows what became of a commit that was sent before the store noticed.
      const committing = put('never').catch((error: unknown) => {
        throw error instanceof OutcomeUnknownError ? new GatewayError('STORE_UNAVAILABLE', error.message) : error;
      });
      const calls = [get(), committing, store.watch({ range: { start: 'a' } }), store.grantLease(60), store.leaseTimeToLive('1')];
      for (const { outcome, ms } of await Promise.all(calls.map((call) => timed<unknown>(call)))) {
        expect(outcome).toMatchObject(unavailable);
        expect(ms).toBeLessThan(boundMs);
      }
      const status = { kind: 'etcd', healthy: false, revision: written, version: expect.stringContaining(version) };
      expect(await store.status()).toEqual(status);

      await server.restart();
      await untilHealthy(store);
      expect(await get()).toBe(how);
      const revision = await put('back');
      expect(await batches.next()).toMatchObject({ value: { revision } });
      expect(await store.status()).toMatchObject({ healthy: true, revision });
      await watch.close();
    });

    it('paused: reads fail in bounded time, a commit has an unknown outcome, and all goes on when it is resumed', async () => {
      await put('before');
      const watch = await store.watch({ range: { start: 'a' } });
      const batches = watch[Symbol.asyncIterator]();
      server.pause();
      const [read, commit, status] = await Promise.all([timed(get()), timed(put('during')), timed(store.status())]);
      expect(read.outcome).toMatchObject(unavailable);
      expect(commit.outcome).toMatchObject({ status: 'rejected', reason: expect.any(OutcomeUnknownError) });
      expect(status.outcome).toMatchObject({ value: { healthy: false } });
      for (const { ms } of [read, commit, status]) expect(ms).toBeLessThan(boundMs);

      server.resume();
      await untilHealthy(store);
      expect(['before', 'during']).toContain(await get());
      const written = await put('after');
      let seen = 0;
      while (seen < written) {
        const next = await batches.next();
        seen = next.value?.revision ?? Number.POSITIVE_INFINITY;
      }
      expect(seen).toBe(written);
      await watch.close();
    });

    it('paused: a call whose signal aborts ends at once', async () => {
      server.pause();
      const controller = new AbortController();
      const reason = new Error('the caller went away');
      const signal = controller.signal;
      const calls = [
        store.read({ ranges: [], signal }),
        store.status(signal),
        store.watch({ range: { start: 'a' }, signal }),
      ] as const;
      controller.abort(reason);
      await expect(calls[0]).rejects.toBe(reason);
      expect(await calls[1]).toMatchObject({ healthy: false });
      expect(await (await calls[2])[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
      server.resume();
      await untilHealthy(store);
    });

    it('may be down when the store is opened', async () => {
      await server.stop();
      const early = openEtcdStore({ endpoints: [server.url], requestTimeoutMs: 300 });
      expect(await early.status()).toEqual({ kind: 'etcd', version: null, healthy: false, revision: 0 });
      await expect(early.read({ ranges: [] })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining(server.url),
      });
      await server.restart();
      await untilHealthy(early);
      await early.close();
    });
  });
}
