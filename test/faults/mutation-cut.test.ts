import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { operationKeptSeconds } from '../../src/store/operation-lease.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { createOften, createStubbornly, endingOf, expectAsTold } from '../support/create-often.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { randomFrom } from '../support/random.ts';
import { id, networkRecord } from '../support/record.ts';
import { storeWith } from '../support/store-with.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { timed } from '../support/timed.ts';

const requestTimeoutMs = 300;
const network = id('a', 1);
const networkKey = `lochness/networks/${network}/metadata`;
const create = `mutation { createNetwork(input: { id: "${network}" }) { network { id } } }`;
const update = `mutation { updateNetwork(input: { id: "${network}", metadata: { a: "1" } }) { network { metadata } } }`;

async function untilHealthy(store: Store): Promise<void> {
  await expect.poll(() => store.status(), { timeout: 10_000 }).toMatchObject({ healthy: true });
}

for (const version of etcdVersions) {
  describe(`a mutation on etcd ${version}`, () => {
    let etcd: EtcdWithStore;
    let proxy: TcpProxy;
    let store: Store;
    /** Gives up soon. */
    let impatient: Store;
    let gateway: GatewaySchema;
    beforeAll(async () => {
      etcd = await startEtcdWithStore({ version });
      proxy = await startTcpProxy(etcd.server.port);
      store = openEtcdStore({ endpoints: [proxy.url] });
      impatient = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs });
      gateway = await openGatewaySchema({ store, newId: randomUUID });
    });
    afterEach(async () => {
      await etcd.store.commit({ compares: [], writes: [{ type: 'delete', range: { start: 'lochness/', end: 'lochness0' } }] });
    });
    afterAll(async () => {
      await impatient.close();
      await store.close();
      await proxy.close();
      await etcd.close();
    });

    const entries = async (start: string) => {
      const { results } = await etcd.store.read({ ranges: [{ start: `lochness/${start}`, end: 'lochness0' }] });
      return (results[0]?.entries ?? []).filter(({ key }) => key.startsWith(`lochness/${start}`));
    };
    const over = (other: Store) => openGatewaySchema({ store: other, newId: randomUUID });

    it('whose connection is cut anywhere, again and again, ends as its client is told', async () => {
      const told = await createOften({ store: impatient, proxy, operations: 50, random: randomFrom(1) });
      await expectAsTold(etcd.store, told);
      expect(told.faults).toBeGreaterThan(10);
      expect([...told.endings.values()].filter((ending) => ending === 'done').length).toBeGreaterThan(5);
    });

    it('that is repeated with its idempotency key, until it is done and once more, is done once', async () => {
      const operations = 20;
      const { asked } = await createStubbornly({ store: impatient, proxy, operations, random: randomFrom(2) }, 2);
      expect(asked).toBeGreaterThanOrEqual(2 * operations);
      expect(await entries('networks/')).toHaveLength(operations);
    });

    it('whose reply is cut is done once, and answered', async () => {
      await store.status();
      const { commit } = store;
      let commits = 0;
      const cutting = storeWith(store, {
        async commit(transaction) {
          commits++;
          if (commits > 1) return commit.call(store, transaction);
          proxy.pause('toClient');
          const committing = commit.call(store, transaction);
          committing.catch(() => undefined);
          await expect.poll(() => entries('networks/'), { timeout: 10_000 }).toHaveLength(1);
          proxy.cut();
          proxy.resume();
          return committing;
        },
      });
      expect(await (await over(cutting)).query(create)).toEqual({ createNetwork: { network: { id: network } } });
      expect(await entries('networks/')).toMatchObject([{ version: 1 }]);
      expect(commits).toBe(2);
    });

    it('that comes to two gateways at the same moment with one idempotency key is done once', async () => {
      const other = openEtcdStore({ endpoints: [etcd.server.url] });
      const gateways = [gateway, await over(other)];
      const variables = { input: {} };
      const document = 'mutation ($input: CreateNetworkInput!) { createNetwork(input: $input) { network { id revision } } }';
      for (const idempotencyKey of ['a', 'b', 'c']) {
        const asked = gateways.flatMap((one) => [1, 2, 3].map(() => one.query(document, { idempotencyKey, variables })));
        expect(new Set((await Promise.all(asked)).map((answer) => JSON.stringify(answer))).size).toBe(1);
      }
      expect(await entries('networks/')).toHaveLength(3);
      await other.close();
    });

    it('on a paused server fails within the request timeout, and has changed nothing', async () => {
      const paused = await over(impatient);
      etcd.server.pause();
      const { outcome, ms } = await timed(paused.errorsOf(create));
      etcd.server.resume();
      // No outcome: nothing was sent that could be applied later.
      expect(outcome).toEqual({ status: 'fulfilled', value: [{ code: 'STORE_UNAVAILABLE', path: 'createNetwork' }] });
      expect(ms).toBeLessThan(requestTimeoutMs + 1500);
      await untilHealthy(impatient);
      expect(await entries('networks/')).toEqual([]);
    });

    it('whose server is paused between its read and its commit tells in the end what became of it', async () => {
      let commits = 0;
      const pausing = storeWith(impatient, {
        async commit(transaction) {
          if (++commits === 1) etcd.server.pause();
          try {
            return await impatient.commit(transaction);
          } catch (error) {
            if (error instanceof OutcomeUnknownError) etcd.server.resume();
            throw error;
          }
        },
      });
      const errors = await (await over(pausing)).errorsOf(create);
      await untilHealthy(impatient);
      const ending = endingOf(errors);
      expect(ending).not.toBe('unknown');
      expect(await entries('networks/')).toHaveLength(ending === 'done' ? 1 : 0);
    });

    it('is decided again when the history that it reads is compacted meanwhile', async () => {
      await gateway.query(create);
      let reads = 0;
      const compacting = storeWith(store, {
        async read(request) {
          if (++reads === 2) {
            await etcd.store.commit({ compares: [], writes: [{ type: 'put', key: 'other', value: Buffer.alloc(0) }] });
            await etcd.compact((await etcd.store.status()).revision);
          }
          return store.read(request);
        },
      });
      const data = await (await over(compacting)).query(`mutation { deleteNetwork(id: "${network}") { deletedId } }`);
      expect(data.deleteNetwork.deletedId).toBe(network);
      // The record; what uses it, in vain; both again.
      expect(reads).toBe(4);
      expect(await entries('networks/')).toEqual([]);
    });

    it('keeps its result for an hour under a lease, and takes another one when that was revoked', async () => {
      await gateway.query(create);
      const [operation] = await entries('gateway/operations/');
      const leaseId = operation?.leaseId ?? '';
      expect(await store.leaseTimeToLive(leaseId)).toBeGreaterThanOrEqual(operationKeptSeconds);
      await etcd.store.revokeLease(leaseId);
      await gateway.query(update);
      expect((await entries('gateway/operations/')).map((entry) => entry.leaseId)).toEqual([expect.not.stringMatching(leaseId)]);
    });

    it('finds out which of its two leases is gone: its own, or that of the record that it changes', async () => {
      const { id: leaseId } = await etcd.store.grantLease(60);
      await etcd.store.commit({
        compares: [],
        writes: [{ type: 'put', key: networkKey, value: Buffer.from(networkRecord()), leaseId }],
      });
      await gateway.query(update);
      const [operation] = await entries('gateway/operations/');
      await etcd.store.revokeLease(operation?.leaseId ?? '');
      expect(await gateway.query(update.replace('"1"', '"2"'))).toEqual({ updateNetwork: { network: { metadata: { a: '2' } } } });
      expect(await entries('networks/')).toMatchObject([{ leaseId }]);

      const losing = storeWith(store, {
        async commit(transaction) {
          if ((await etcd.store.leaseTimeToLive(leaseId)) !== null) await etcd.store.revokeLease(leaseId);
          return store.commit(transaction);
        },
      });
      const errors = await (await over(losing)).errorsOf(update.replace('"1"', '"3"'));
      expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'NETWORK', id: network, path: 'updateNetwork' }]);
    });
  });
}
