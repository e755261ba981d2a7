import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { prefixRange } from '../../src/store/range.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { load } from '../support/load.ts';
import { randomFrom, wholeFrom } from '../support/random.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const range = prefixRange('range/');
const names = Array.from({ length: 12_000 }, (_, index) => `range/${String(index).padStart(5, '0')}`);

for (const version of etcdVersions) {
  describe(`a connection to etcd ${version} that breaks`, () => {
    let etcd: EtcdWithStore;
    let proxy: TcpProxy;
    let store: Store;
    beforeAll(async () => {
      etcd = await startEtcdWithStore({ version });
      await load(
        etcd.store,
        names.map((name) => [name, `value of ${name}, and some more text`] as const),
      );
    });
    beforeEach(async () => {
      proxy = await startTcpProxy(etcd.server.port);
      store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 1000 });
      await store.status();
      return async () => {
        await store.close();
        await proxy.close();
      };
    });
    afterAll(() => etcd.close());

    const readNames = async (from = store) => {
      const { results } = await from.read({ ranges: [range] });
      return results[0]?.entries.map(({ key }) => key);
    };

    it('in the middle of a range: the read answers right all the same', async () => {
      const random = randomFrom(1);
      // Twice a range and what else there is to do take their time on a busy machine.
      const patient = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 10_000 });
      for (let round = 0; round < 12; round++) {
        const cut = proxy.cutAfter('toClient', wholeFrom(random, 0, 400_000));
        expect(await readNames(patient)).toEqual(names);
        await cut;
      }
      await patient.close();
    });

    it('again and again in the middle of a range: the read fails in bounded time, and the next one is right', async () => {
      let cutting: boolean = true;
      const ended = new Deferred();
      const cuts = (async () => {
        while (cutting) await Promise.race([proxy.cutAfter('toClient', 30_000), ended.promise]);
      })();
      await expect(readNames()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      cutting = false;
      ended.resolve();
      await cuts;
      proxy.disarm();
      expect(await readNames()).toEqual(names);
    });

    it('because something on the way has forgotten it: the read takes another one', async () => {
      proxy.freeze();
      expect(await readNames()).toEqual(names);
    });

    it('with all that was under way: reads are repeated, commits are not', async () => {
      proxy.pause('toClient');
      const before = proxy.bytes.toServer;
      const reading = readNames();
      const committing = store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('x') }] });
      const failing = expect(committing).rejects.toBeInstanceOf(OutcomeUnknownError);
      await expect.poll(() => proxy.bytes.toServer).toBeGreaterThan(before + 100);
      proxy.cut();
      proxy.resume();
      await failing;
      expect(await reading).toEqual(names);
    });

    describe('before anything was sent', () => {
      const put = () => store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('y') }] });

      /** Breaks the connection, and waits until the store has noticed. */
      const lose = async () => {
        const before = proxy.accepted;
        proxy.refuse();
        proxy.cut();
        const controller = new AbortController();
        const reading = store.read({ ranges: [], signal: controller.signal });
        await expect.poll(() => proxy.accepted).toBeGreaterThan(before);
        controller.abort();
        await expect(reading).rejects.toThrow();
      };

      it('a commit fails with STORE_UNAVAILABLE, and nothing was changed', async () => {
        const { revision } = await etcd.store.status();
        await lose();
        await expect(put()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
        expect((await etcd.store.status()).revision).toBe(revision);
      });

      it('a commit waits, and is made when the connection is back in time', async () => {
        await lose();
        const before = proxy.accepted;
        const committing = put();
        await expect.poll(() => proxy.accepted).toBeGreaterThan(before);
        proxy.admit();
        expect(await committing).toMatchObject({ committed: true });
      });
    });
  });
}
