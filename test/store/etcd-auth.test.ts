import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Store } from '../../src/store/store.ts';
import { type EtcdServer, etcdVersions, startEtcd } from '../support/etcd.ts';
import { enableAuthentication, etcdRoot } from '../support/etcd-user.ts';

const root = etcdRoot;
const guest = { user: 'guest', password: 'not so secret' };

const put = (store: Store, key: string) =>
  store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from('x') }] });

for (const version of etcdVersions) {
  describe(`a store with a user on etcd ${version}`, () => {
    let server: EtcdServer;
    let store: Store;
    beforeAll(async () => {
      server = await startEtcd({ version });
      store = openEtcdStore({ endpoints: [server.url], ...root, requestTimeoutMs: 3000 });
    });
    afterAll(async () => {
      await store.close();
      await server.close();
    });

    it('works while etcd asks for no password, and goes on when it begins to', async () => {
      await put(store, 'a');
      await enableAuthentication(server.url, { ...guest, prefix: 'guest/' });
      await put(store, 'a');
      const { results } = await store.read({ ranges: [{ start: 'a' }] });
      expect(results[0]?.entries[0]).toMatchObject({ version: 2 });
      const lease = await store.grantLease(60);
      expect(await store.keepLeaseAlive(lease.id)).toEqual(lease);
      await store.revokeLease(lease.id);
    });

    it('gets a new token when etcd has forgotten the old one, for calls and for watches', async () => {
      const watch = await store.watch({ range: { start: 'a' } });
      const batches = watch[Symbol.asyncIterator]();
      await server.restart();
      const { revision } = await put(store, 'a');
      expect(await batches.next()).toMatchObject({ value: { revision } });
      await watch.close();
    });

    it('says that a password is wrong, without showing it', async () => {
      const password = 'guessed password';
      const wrong = openEtcdStore({ endpoints: [server.url], user: 'root', password });
      const failure = await put(wrong, 'a').catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('authentication failed') });
      expect(String(failure)).not.toContain(password);
      await wrong.close();
    });

    it('says that a user is needed', async () => {
      const nobody = openEtcdStore({ endpoints: [server.url] });
      const refused = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('user name is empty') };
      await expect(nobody.read({ ranges: [{ start: 'a' }] })).rejects.toMatchObject(refused);
      await expect(put(nobody, 'a')).rejects.toMatchObject(refused);
      await nobody.close();
    });

    it('fails what the user may not do, and goes on with what the user may', async () => {
      const limited = openEtcdStore({ endpoints: [server.url], ...guest, probeKey: 'guest/' });
      const refused = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('permission denied') };
      await put(limited, 'guest/1');
      await expect(put(limited, 'a')).rejects.toMatchObject(refused);
      await expect(limited.read({ ranges: [{ start: 'a' }] })).rejects.toMatchObject(refused);
      await expect(limited.watch({ range: { start: 'a' } })).rejects.toMatchObject(refused);
      const watch = await limited.watch({ range: { start: 'guest/1' } });
      const { revision } = await put(limited, 'guest/1');
      expect(await watch[Symbol.asyncIterator]().next()).toMatchObject({ value: { revision } });
      expect(await limited.status()).toMatchObject({ healthy: true, revision });
      await limited.close();
    });
  });
}
