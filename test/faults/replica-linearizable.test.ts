import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasErrorCode } from '../../src/errors.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { ReplicaStore } from '../../src/store/replica/index.ts';
import { OutcomeUnknownError } from '../../src/store/store.ts';
import type { EtcdServer } from '../support/etcd.ts';
import { startEtcdCluster } from '../support/etcd-cluster.ts';
import { type Counter, openCounter } from '../support/linearizability.ts';
import { pick, randomFrom } from '../support/random.ts';
import { openLoadedReplica } from '../support/replica.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const prefix = 'lochness/';
const rounds = 40;
const writers = 4;
const readers = 8;

describe('two gateways with a replica each, on a cluster of three, whose network breaks', () => {
  let members: readonly EtcdServer[];
  let proxies: readonly TcpProxy[];
  /** Each asks the members in another order, and through a network of its own. */
  let stores: readonly ReplicaStore[];
  beforeAll(async () => {
    members = await startEtcdCluster('3.5');
    proxies = await Promise.all([...members, ...members].map(({ port }) => startTcpProxy(port)));
    const [one, two] = [proxies.slice(0, 3), proxies.slice(3).reverse()];
    stores = await Promise.all([one, two].map(openGateway));
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    for (const proxy of proxies) await proxy.close();
    for (const member of members) await member.close();
  });

  it('never answer a read without a write that was acknowledged before it began', async () => {
    const random = randomFrom(1);
    const counters = await Promise.all(['a', 'b', 'c'].map((name) => openCounter(pick(stores, random), prefix + name)));
    const ending = new AbortController();
    const problems: unknown[] = [];
    const run = (work: () => Promise<unknown>) => untilOver(work, ending.signal, problems);
    const working = [
      ...Array.from({ length: writers }, () => run(() => pick(counters, random).raise(pick(stores, random)))),
      ...Array.from({ length: readers }, () => run(() => pick(counters, random).read(pick(stores, random)))),
    ];
    for (let round = 0; round < rounds; round++) {
      const proxy = pick(proxies, random);
      const reads = counters.map((counter) => counter.reads);
      breakFor(proxy, random);
      await untilRead(counters, reads, ending.signal);
      for (const healed of proxies) heal(healed);
    }
    ending.abort();
    await Promise.all(working);
    expect(problems).toEqual([]);
    for (const counter of counters) expect(counter.acknowledged).toBeGreaterThan(rounds);
    // Most of them came from memory, or nothing was proved.
    const fallbacks = stores.reduce((sum, { memory }) => sum + memory.counts.fallbacks, 0);
    expect(fallbacks).toBeLessThan(counters.reduce((sum, { reads }) => sum + reads, 0) / 2);
  }, 120_000);
});

async function openGateway(network: readonly TcpProxy[]): Promise<ReplicaStore> {
  const origin = openEtcdStore({ endpoints: network.map(({ url }) => url), requestTimeoutMs: 3000 });
  return openLoadedReplica(origin, { prefix, readTimeoutMs: 200 });
}

/** What the network does to a commit may leave it unknown, and to a read may leave it without an answer: neither is wrong. */
async function untilOver(work: () => Promise<unknown>, signal: AbortSignal, problems: unknown[]): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (!hasErrorCode(error, 'STORE_UNAVAILABLE') && !(error instanceof OutcomeUnknownError)) problems.push(error);
    }
    await new Promise(setImmediate);
  }
}

function breakFor(proxy: TcpProxy, random: () => number): void {
  const faults = [() => proxy.cut(), () => proxy.pause('toClient'), () => proxy.pause('toServer'), () => proxy.refuse()];
  pick(faults, random)();
}

function heal(proxy: TcpProxy): void {
  proxy.admit();
  proxy.resume();
}

/** Until each counter was read some more times. */
async function untilRead(counters: readonly Counter[], before: readonly number[], signal: AbortSignal): Promise<void> {
  const isRead = () => counters.every((counter, index) => counter.reads >= (before[index] ?? 0) + 20);
  while (!isRead() && !signal.aborted) await new Promise(setImmediate);
}
