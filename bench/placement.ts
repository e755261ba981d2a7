import { randomUUID } from 'node:crypto';
import { openServices } from '../src/context.ts';
import { createSampleCluster, openHeartbeats } from '../src/demo/index.ts';
import { silentLog } from '../src/log.ts';
import { buildSchema } from '../src/schema/index.ts';
import { openKeys } from '../src/store/keys.ts';
import type { Store } from '../src/store/store.ts';
import { startEtcdWithStore } from '../test/support/etcd-store.ts';
import { storeWith } from '../test/support/store-with.ts';
import { answer, type Gateway } from './answer.ts';
import { atLeast, atMost, type Measurement, plain } from './goal.ts';
import { quantile } from './measure.ts';

/** What the Go tools did with 10,000 guests on 100 hypervisors, on another machine: one after the other, and overcommitting. */
const reference = { placementsPerSecond: 6.9, requestsEach: 118 };

const guestCount = 10_000;
const hypervisorCounts = [100, 1000];
const callerCounts = [1, 16];
const strategies = ['RANDOM', 'SPREAD', 'PACK'] as const;
const secondsEach = 6;
const prefix = 'lochness/';

type Strategy = (typeof strategies)[number];

/** Guests created and placed in one commit each, against an etcd that holds 10,000 guests already. */
export async function measurePlacement(): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const hypervisorCount of hypervisorCounts) {
    const etcd = await startEtcdWithStore({}, { requestTimeoutMs: 120_000 });
    try {
      measurements.push(...(await measureCluster(etcd.store, hypervisorCount)));
    } finally {
      await etcd.close();
    }
  }
  return measurements;
}

async function measureCluster(bareStore: Store, hypervisorCount: number): Promise<Measurement[]> {
  const keys = openKeys(prefix);
  const { signal } = new AbortController();
  const now = () => new Date();
  await createSampleCluster({ store: bareStore, keys, hypervisorCount, guestCount, now: now(), signal });
  const heartbeats = await openHeartbeats({ store: bareStore, keys, log: silentLog, now });
  const counted = countRequests(bareStore);
  const services = openServices({ store: counted.store, prefix, log: silentLog });
  const gateway: Gateway = { schema: buildSchema(), services };
  const spec = await smallGuest(gateway);

  const measurements: Measurement[] = [];
  for (const strategy of strategies) {
    for (const callers of callerCounts) {
      const before = counted.requests();
      const run = await placeFor({ gateway, spec, strategy, callers });
      const name = `placement: ${hypervisorCount} hypervisors, ${strategy}, ${callers} caller${callers > 1 ? 's' : ''}`;
      const perSecond = run.placed / run.seconds;
      measurements.push(
        callers === 1 && hypervisorCount === 100
          ? atLeast(name, perSecond, reference.placementsPerSecond, 'a second')
          : plain(name, perSecond, 'a second'),
        plain(`${name}: p50`, quantile(run.latenciesMs, 0.5), 'ms'),
        plain(`${name}: p99`, quantile(run.latenciesMs, 0.99), 'ms'),
        atMost(
          `${name}: store requests each`,
          (counted.requests() - before) / Math.max(1, run.placed),
          reference.requestsEach,
          '',
        ),
        plain(`${name}: given up after lost races`, run.conflicts, ''),
      );
    }
  }
  measurements.push(atMost(`placement: ${hypervisorCount} hypervisors, overcommitted ones`, await overcommitted(gateway), 0, ''));
  await heartbeats.stop();
  return measurements;
}

/** What is placed: small, so that there is always room for it, in the largest network. */
async function smallGuest(gateway: Gateway): Promise<{ readonly flavorId: string; readonly networkId: string }> {
  const created = await answer(
    gateway,
    `mutation { createFlavor(input: { imageId: "${randomUUID()}", resources: { memory: 16, disk: 16, cpu: 1 } }) { flavor { id } } }`,
  );
  const listed = await answer(gateway, '{ networks { nodes { id guests(first: 0) { totalCount } } } }');
  const networks: { id: string; guests: { totalCount: number } }[] = JSON.parse(listed.text).data.networks.nodes;
  const [largest] = networks.sort((a, b) => b.guests.totalCount - a.guests.totalCount);
  if (largest === undefined) throw new Error('The sample cluster has no network');
  return { flavorId: JSON.parse(created.text).data.createFlavor.flavor.id, networkId: largest.id };
}

interface PlacementRun {
  readonly gateway: Gateway;
  readonly spec: { readonly flavorId: string; readonly networkId: string };
  readonly strategy: Strategy;
  readonly callers: number;
}

async function placeFor({ gateway, spec, strategy, callers }: PlacementRun) {
  const document = `mutation { createGuest(strategy: ${strategy}, input: { flavorId: "${spec.flavorId}", networkId: "${spec.networkId}" }) {
    guest { id ip hypervisorId } job { id }
  } }`;
  const latenciesMs: number[] = [];
  let conflicts = 0;
  await answer(gateway, document);
  const startedAt = performance.now();
  const endsAt = startedAt + secondsEach * 1000;
  async function caller(): Promise<void> {
    while (performance.now() < endsAt) {
      const begunAt = performance.now();
      try {
        await answer(gateway, document);
        latenciesMs.push(performance.now() - begunAt);
      } catch (error) {
        if (!String(error).includes('Others changed')) throw error;
        conflicts++;
      }
    }
  }
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - startedAt) / 1000;
  return { placed: latenciesMs.length, conflicts, seconds, latenciesMs };
}

/** What the store is asked: read transactions and commits. */
function countRequests(store: Store): { readonly store: Store; requests(): number } {
  let requests = 0;
  const counting = storeWith(store, {
    async read(request) {
      const result = await store.read(request);
      requests += result.cost.transactions;
      return result;
    },
    commit(transaction) {
      requests++;
      return store.commit(transaction);
    },
  });
  return { store: counting, requests: () => requests };
}

/** Hypervisors whose guests' flavors need more memory or disk than they have. */
async function overcommitted(gateway: Gateway): Promise<number> {
  const { text } = await answer(
    gateway,
    '{ hypervisors(first: 1000) { nodes { totalResources { memory disk } committedResources { memory disk } } } }',
  );
  interface Node {
    readonly totalResources: { readonly memory: number; readonly disk: number };
    readonly committedResources: { readonly memory: number; readonly disk: number };
  }
  const nodes: Node[] = JSON.parse(text).data.hypervisors.nodes;
  return nodes.filter(
    ({ totalResources: total, committedResources: committed }) => committed.memory > total.memory || committed.disk > total.disk,
  ).length;
}
