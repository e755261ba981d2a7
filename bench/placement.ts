import { openServices } from '../src/context.ts';
import { createSampleCluster, openHeartbeats } from '../src/demo/index.ts';
import { silentLog } from '../src/log.ts';
import { buildSchema } from '../src/schema/index.ts';
import { openKeys } from '../src/store/keys.ts';
import { openStore } from '../src/store/open.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../test/support/etcd-store.ts';
import type { Gateway } from './answer.ts';
import { countRequests } from './etcd-requests.ts';
import { atLeast, atMost, type Measurement, plain } from './goal.ts';
import { quantile } from './measure.ts';
import { overcommitted, placeFor, type Strategy, smallGuest, strategies } from './placing.ts';
import { prefix } from './sample.ts';

/** What the Go tools did with 10,000 guests on 100 hypervisors, on another machine: one after the other, and overcommitting. */
const reference = { placementsPerSecond: 6.9, requestsEach: 118 };
/** How many times as many there are to be. */
const timesReference = 100;
/** What ten times as many hypervisors may add to the time of a placement. */
const largestGrowth = 1.2;

const guestCount = 10_000;
const hypervisorCounts = [100, 1000];
const callerCounts = [1, 16];
const manyCallers = 16;

interface MeasuredCluster {
  readonly measurements: readonly Measurement[];
  /** Placements a second of many callers. */
  readonly rates: ReadonlyMap<Strategy, number>;
}

/** Guests created and placed in one commit each, against an etcd that holds 10,000 guests already. */
export async function measurePlacement(): Promise<Measurement[]> {
  const clusters: MeasuredCluster[] = [];
  for (const hypervisorCount of hypervisorCounts) {
    const etcd = await startEtcdWithStore({}, { requestTimeoutMs: 120_000 });
    try {
      clusters.push(await measureCluster(etcd, hypervisorCount));
    } finally {
      await etcd.close();
    }
  }
  const measurements = clusters.flatMap((cluster) => cluster.measurements);
  const [few, many] = clusters.map(({ rates }) => rates);
  for (const strategy of strategies) {
    const growth = (few?.get(strategy) ?? 0) / (many?.get(strategy) ?? 0);
    const name = `placement: ${strategy}, ${manyCallers} callers: time at ${hypervisorCounts.join(' -> ')} hypervisors`;
    measurements.push(atMost(name, growth, largestGrowth, 'times'));
  }
  return measurements;
}

async function measureCluster({ store: bareStore, server }: EtcdWithStore, hypervisorCount: number): Promise<MeasuredCluster> {
  const measurements: Measurement[] = [];
  const keys = openKeys(prefix);
  const { signal } = new AbortController();
  const now = () => new Date();
  await createSampleCluster({ store: bareStore, keys, hypervisorCount, guestCount, now: now(), signal });
  const heartbeats = await openHeartbeats({ store: bareStore, keys, log: silentLog, now });
  const { store, memory } = await openStore(
    { kind: 'etcd', endpoints: [server.url], login: null, ca: null, certificate: null },
    { log: silentLog, prefix, reads: 'replica', readTimeoutMs: 500 },
  );
  const services = openServices({ store, memory, prefix, log: silentLog });
  const gateway: Gateway = { schema: buildSchema(), services };
  const rates = new Map<Strategy, number>();
  try {
    await services.catalog?.loaded;
    const spec = await smallGuest(gateway);
    for (const strategy of strategies) {
      for (const callers of callerCounts) {
        const before = await countRequests(server.url);
        const run = await placeFor({ gateway, spec, strategy, callers });
        const requests = (await countRequests(server.url)) - before;
        const name = `placement: ${hypervisorCount} hypervisors, ${strategy}, ${callers} caller${callers > 1 ? 's' : ''}`;
        const perSecond = run.placed / run.seconds;
        if (callers === manyCallers) rates.set(strategy, perSecond);
        measurements.push(
          callers === manyCallers && hypervisorCount === hypervisorCounts[0]
            ? atLeast(name, perSecond, timesReference * reference.placementsPerSecond, 'a second')
            : plain(name, perSecond, 'a second'),
          plain(`${name}: p50`, quantile(run.latenciesMs, 0.5), 'ms'),
          plain(`${name}: p99`, quantile(run.latenciesMs, 0.99), 'ms'),
          atMost(`${name}: etcd requests each`, requests / Math.max(1, run.placed), reference.requestsEach, ''),
          plain(`${name}: given up after lost races`, run.conflicts, ''),
        );
      }
    }
    measurements.push(
      atMost(`placement: ${hypervisorCount} hypervisors, overcommitted ones`, await overcommitted(gateway), 0, ''),
    );
  } finally {
    await services.changes.close();
    services.catalog?.close();
    await services.agents.close();
    await heartbeats.stop();
    await store.close();
  }
  return { measurements, rates };
}
