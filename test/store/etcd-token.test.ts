import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../../src/store/etcd/connection.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { clientOptions } from '../../src/store/etcd/options.ts';
import type { Store } from '../../src/store/store.ts';
import { type EtcdServer, etcdVersions, startEtcd } from '../support/etcd.ts';
import { enableAuthentication } from '../support/etcd-user.ts';
import { openTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const guest = { user: 'guest', password: 'not so secret' };

const put = (store: Store, leaseId: string | null = null) =>
  store.commit({ compares: [], writes: [{ type: 'put', key: 'guest/1', value: Buffer.from('x'), leaseId }] });

/** Until a token that was got now has ended: then those that were got before have ended too. */
async function untilTokensEnd(url: string): Promise<void> {
  const connection = new Connection(clientOptions({ endpoints: [url] }, url));
  const limits = () => ({ deadline: performance.now() + 5000 });
  const { token } = await connection.authenticate({ name: guest.user, password: guest.password }, limits());
  const request = { success: [{ request_range: { key: Buffer.from('guest/1') } }] };
  for (let isOver = false; !isOver; ) {
    isOver = await connection.txn(request, { ...limits(), token }).then(
      () => false,
      (error: unknown) => {
        expect(error).toMatchObject({ kind: 'tokenInvalid' });
        return true;
      },
    );
  }
  await connection.close();
}

/** How often etcd was asked to trade a password for a token. */
async function authentications(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const counts = [...metrics.matchAll(/^grpc_server_handled_total\{.*grpc_method="Authenticate".*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

for (const version of etcdVersions) {
  describe(`a store whose token ends after a second, on etcd ${version}`, () => {
    let folder: TemporaryDirectory;
    let server: EtcdServer;
    let store: Store;
    beforeAll(async () => {
      folder = await openTemporaryDirectory();
      // A token of this kind ends at its time, however often it is used; one of the other kind lives on with each use.
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const [pub, priv] = ['public.pem', 'private.pem'].map((name) => join(folder.path, name));
      await writeFile(`${pub}`, publicKey.export({ type: 'spki', format: 'pem' }));
      await writeFile(`${priv}`, privateKey.export({ type: 'pkcs1', format: 'pem' }));
      const flag = `--auth-token=jwt,pub-key=${pub},priv-key=${priv},sign-method=RS256,ttl=1s`;
      server = await startEtcd({ version, flags: [flag] });
      await enableAuthentication(server.url, { ...guest, prefix: 'guest/' });
      store = openEtcdStore({ endpoints: [server.url], ...guest, probeKey: 'guest/' });
    });
    afterAll(async () => {
      await store.close();
      await server.close();
      await folder.remove();
    });

    it('gets another one, once for all calls that fail; leases and watches go on', async () => {
      const watch = await store.watch({ range: { start: 'guest/1' } });
      const batches = watch[Symbol.asyncIterator]();
      const lease = await store.grantLease(60);
      const first = await put(store, lease.id);
      expect(await batches.next()).toMatchObject({ value: { revision: first.revision } });

      await untilTokensEnd(server.url);
      const before = await authentications(server.url);
      const results = await Promise.all(Array.from({ length: 20 }, () => put(store, lease.id)));
      // One, unless that one ends meanwhile too.
      expect((await authentications(server.url)) - before).toBeLessThan(10);
      const revisions = results.map(({ revision }) => revision).sort((left, right) => left - right);
      for (const revision of revisions) expect(await batches.next()).toMatchObject({ value: { revision } });
      expect(await store.keepLeaseAlive(lease.id)).toEqual(lease);

      await untilTokensEnd(server.url);
      expect(await store.keepLeaseAlive(lease.id)).toEqual(lease);
      const second = await store.watch({ range: { start: 'guest/1' }, after: first.revision });
      expect(await second[Symbol.asyncIterator]().next()).toMatchObject({ value: { revision: revisions[0] } });
      await store.revokeLease(lease.id);
      await Promise.all([watch.close(), second.close()]);
    });
  });
}
