import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { commitOnce } from '../../src/store/outcome.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { ReplicaStore } from '../../src/store/replica/index.ts';
import { etcdVersions } from '../support/etcd.ts';
import { leaderOf, startEtcdCluster } from '../support/etcd-cluster.ts';
import { fillUp, makeRoom } from '../support/etcd-space.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openLoadedReplica } from '../support/replica.ts';
import { ResumingReader } from '../support/resuming-reader.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const createNetwork = 'mutation { createNetwork(input: {}) { network { id } } }';
const refusal = {
  data: { createNetwork: null },
  errors: [{ message: expect.stringMatching(/space is exhausted \(alarm NOSPACE\)/), extensions: { code: 'STORE_UNAVAILABLE' } }],
};

describe.each(etcdVersions)('when etcd %s has no space left', (version) => {
  let etcd: EtcdWithStore;
  let replica: ReplicaStore;
  let gateway: Gateway;
  let warnings: object[];
  beforeEach(async () => {
    etcd = await startEtcdWithStore({ version, flags: ['--quota-backend-bytes=3000000'] });
    warnings = [];
    const write = (line: string) => warnings.push(JSON.parse(line));
    const log = pino({ level: 'warn', base: null, timestamp: false }, { write });
    replica = await openLoadedReplica(openEtcdStore({ endpoints: [etcd.server.url], log }));
    gateway = await startGateway({ store: replica, memory: replica.memory, schema });
  });
  afterEach(async () => {
    await gateway.stop();
    await replica.close();
    await etcd.close();
  });

  const mutate = async (key: string) => (await gateway.post({ query: createNetwork }, { 'idempotency-key': key })).json();
  const networks = async () => (await gateway.ask('{ networks { totalCount } }')).data?.networks.totalCount;

  it('mutations change nothing and say so, all else goes on, and so do mutations when there is room again', async () => {
    const { revision } = await etcd.store.status();
    const reader = new ResumingReader({ url: () => gateway.url, after: revision });
    const first = await mutate('first');
    await fillUp(etcd.store);
    const full = (await etcd.store.status()).revision;
    expect(warnings).toEqual([]);

    const [error] = (await mutate('second')).errors;
    expect({ data: { createNetwork: null }, errors: [error] }).toMatchObject(refusal);
    expect(error.message).toContain('Nothing was changed');
    expect(error.extensions).not.toHaveProperty('outcome');
    // The log tells it once, however often it is refused.
    await mutate('third');
    const reason = expect.stringContaining('alarm NOSPACE');
    expect(warnings).toEqual([{ level: 40, reason, msg: 'etcd refuses what it is asked' }]);
    // What was done before is answered to whoever repeats it.
    expect(await mutate('first')).toEqual(first);
    expect(await networks()).toBe(1);
    expect((await etcd.store.status()).revision).toBe(full);
    // A gateway that comes now gets no lease for the results of its operations.
    const late = await startGateway({ store: etcd.store, schema });
    expect(await late.ask(createNetwork)).toMatchObject(refusal);
    expect((await late.ask('{ networks { totalCount } }')).data).toEqual({ networks: { totalCount: 1 } });
    await late.stop();
    // To delete needs no space: who follows hears of it.
    const { id } = first.data.createNetwork.network;
    const range = { start: `lochness/networks/${id}/metadata` };
    const deletion = await etcd.store.commit({ compares: [], writes: [{ type: 'delete', range }] });
    await reader.untilTold(deletion.revision);
    expect(await networks()).toBe(0);

    await makeRoom(etcd.server.url, etcd.store);
    const second = await mutate('second');
    expect(second).toMatchObject({ data: { createNetwork: { network: { id: expect.any(String) } } } });
    expect(await mutate('second')).toEqual(second);
    expect(await networks()).toBe(1);
    await reader.untilTold(Number(second.extensions.revision));
    await reader.close();
    expect(reader.seen.map(({ type, kind }) => `${type} ${kind}`)).toEqual([
      'CREATED NETWORK',
      'DELETED NETWORK',
      'CREATED NETWORK',
    ]);
    expect(reader.endings).toEqual([{ code: null }]);
  });
});

const commitsPerWave = 50;
const valueBytes = 100_000;

it('what a cluster that runs out of space did is told as done, although etcd refuses some of that, and the rest as not done', async () => {
  const members = await startEtcdCluster('3.5', { flags: ['--quota-backend-bytes=16000000'] });
  const leader = await leaderOf(members);
  const followers = members.filter((member) => member !== leader);
  const proxy = await startTcpProxy(leader.port);
  const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 10_000 });
  await store.status();
  const told = { done: new Set<string>(), refused: new Set<string>() };

  async function put(key: string): Promise<void> {
    const write = { type: 'put', key, value: Buffer.alloc(valueBytes) } as const;
    const once = { token: `token/${key}`, value: Buffer.from('{}'), resolveTimeoutMs: 1000 };
    try {
      await commitOnce(store, { compares: [], writes: [write] }, once);
      told.done.add(key);
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      // Where another leader was elected meanwhile, and has no space either, it stays unknown.
      if (String(error).includes('Nothing was changed')) told.refused.add(key);
    }
  }

  // While nobody agrees, the leader lets in more than there is room for; then it does all of that at once.
  for (let wave = 0; told.refused.size === 0; wave++) {
    for (const follower of followers) follower.pause();
    const before = proxy.bytes.toServer;
    const putting = Array.from({ length: commitsPerWave }, (_, index) => put(`value/${wave}/${index}`));
    await expect.poll(() => proxy.bytes.toServer - before).toBeGreaterThan(commitsPerWave * valueBytes);
    for (const follower of followers) follower.resume();
    await Promise.all(putting);
  }
  const { results } = await store.read({ ranges: [prefixRange('value/')] });
  const there = new Set(results[0]?.entries.map(({ key }) => key));
  expect([...told.done].filter((key) => !there.has(key))).toEqual([]);
  expect([...told.refused].filter((key) => there.has(key))).toEqual([]);
  expect(told.done.size).toBeGreaterThan(commitsPerWave);
  await store.close();
  await proxy.close();
  for (const member of members) await member.close();
});
