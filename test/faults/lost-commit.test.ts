import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { prefixRange } from '../../src/store/range.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { type EtcdServer, etcdVersions } from '../support/etcd.ts';
import { type EtcdBehindProxy, startEtcdBehindProxy } from '../support/etcd-behind-proxy.ts';
import { leaderOf, startEtcdCluster } from '../support/etcd-cluster.ts';
import { openGatewaySchema } from '../support/gateway-schema.ts';
import { storeWith } from '../support/store-with.ts';

const create = 'mutation { createNetwork(input: {}) { network { id } } }';

/** The networks that are there, which each have an id of their own: one that was made twice would be two. */
async function networksOf(store: Store): Promise<readonly string[]> {
  const { results } = await store.read({ ranges: [prefixRange('lochness/networks/')] });
  return (results[0]?.entries ?? []).map(({ key }) => key.split('/')[2] ?? '');
}

interface Faults {
  /** Before the first commit is sent. */
  readonly before: () => unknown;
  /** When nobody knows what became of it. */
  readonly after?: () => unknown;
}

/** Creates a network by a gateway whose first commit meets a fault. Answers its id, and how often that commit had no answer. */
async function createThrough(
  store: Store,
  { before, after }: Faults,
): Promise<{ readonly id: string; readonly unknown: number }> {
  let commits = 0;
  let unknown = 0;
  const faulty = storeWith(store, {
    async commit(transaction) {
      const isFirst = commits++ === 0;
      if (isFirst) await before();
      try {
        return await store.commit(transaction);
      } catch (error) {
        if (isFirst && error instanceof OutcomeUnknownError) {
          unknown++;
          await after?.();
        }
        throw error;
      }
    },
  });
  const gateway = await openGatewaySchema({ store: faulty, newId: randomUUID });
  const { createNetwork } = await gateway.query(create);
  return { id: createNetwork.network.id, unknown };
}

describe.each(etcdVersions)('a mutation on etcd %s', (version) => {
  let behind: EtcdBehindProxy;
  let etcd: EtcdBehindProxy['etcd'];
  let proxy: EtcdBehindProxy['proxy'];
  let store: Store;
  beforeAll(async () => {
    behind = await startEtcdBehindProxy({ version });
    ({ etcd, proxy, store } = behind);
  });
  afterAll(() => behind.close());

  it('whose commit is swallowed on its way is done once, and the swallowed one changes nothing when it arrives', async () => {
    const there = await networksOf(etcd.store);
    const { id, unknown } = await createThrough(store, { before: () => proxy.freeze() });
    expect(unknown).toBe(1);
    proxy.thaw();
    await createThrough(store, { before: () => undefined });
    const made = (await networksOf(etcd.store)).filter((one) => !there.includes(one));
    expect(made).toContain(id);
    expect(made).toHaveLength(2);
  });

  it('whose answer is swallowed on its way is done once, and answered', async () => {
    const there = await networksOf(etcd.store);
    const before = () => proxy.pause('toClient');
    const { id, unknown } = await createThrough(store, { before, after: () => proxy.resume() });
    expect(unknown).toBe(1);
    expect((await networksOf(etcd.store)).filter((one) => !there.includes(one))).toEqual([id]);
  });
});

describe('a mutation whose commit is on its way when the leader of a cluster of three dies', () => {
  let members: readonly EtcdServer[];
  let outside: Store;
  beforeAll(async () => {
    members = await startEtcdCluster('3.5');
    outside = openEtcdStore({ endpoints: members.map(({ url }) => url) });
  });
  afterAll(async () => {
    await outside.close();
    await Promise.all(members.map((member) => member.close()));
  });

  it.each([
    ['and comes back with what it had not read', 'pause', 'resume'],
    ['for good', 'kill', 'restart'],
  ] as const)('%s: it is done once by the next leader', async (_, end, begin) => {
    const there = await networksOf(outside);
    const leader = await leaderOf(members);
    const followers = members.filter((member) => member !== leader);
    // They pass on what they are asked to a leader whom they do not miss yet.
    const store = openEtcdStore({ endpoints: followers.map(({ url }) => url) });
    await store.status();
    const { id } = await createThrough(store, { before: () => leader[end]() });
    await leader[begin]();
    const again = openEtcdStore({ endpoints: [leader.url] });
    await again.commit({ compares: [], writes: [{ type: 'put', key: 'back', value: Buffer.alloc(0) }] });
    for (const one of [outside, again]) expect((await networksOf(one)).filter((made) => !there.includes(made))).toEqual([id]);
    await again.close();
    await store.close();
  });
});
