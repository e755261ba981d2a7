import { Counter, Gauge, type Registry } from 'prom-client';
import type { Readings } from './reading.ts';

interface Reading<Value> {
  /** Without what all names begin with. */
  readonly name: string;
  readonly help: string;
  readonly read: (from: Readings) => Promise<Value> | Value;
}

/** Registers what is read when somebody asks. `readings` answers null until the gateway is there. */
export function openReadingMetrics(registry: Registry, readings: () => Readings | null): void {
  function gauge({ name, help, read }: Reading<number | null>): void {
    new Gauge({
      name: `lochness_gateway_${name}`,
      help,
      registers: [registry],
      async collect() {
        const from = readings();
        const value = from === null ? null : await read(from);
        // What is not known has no number.
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }

  function count({ name, help, read }: Reading<number>): void {
    new Counter({
      name: `lochness_gateway_${name}`,
      help,
      registers: [registry],
      async collect() {
        const from = readings();
        const value = from === null ? 0 : await read(from);
        this.reset();
        this.inc(value);
      },
    });
  }

  /** All metrics of one scrape look at the same. */
  const replica = sharedWithin(async () => (await readings()?.replica?.()) ?? null);
  gauge({
    name: 'ready',
    help: 'Whether /ready says 200: 1, or 0.',
    read: async ({ isReady }) => ((await isReady()) ? 1 : 0),
  });
  gauge({
    name: 'event_queue_events',
    help: 'Events that wait for their subscribers, of all together.',
    read: ({ eventQueues }) => eventQueues().events,
  });
  gauge({
    name: 'event_queue_largest_events',
    help: 'Events that wait for the subscriber for whom most do. At --event-queue-limit it is ended with SLOW_CONSUMER.',
    read: ({ eventQueues }) => eventQueues().largest,
  });
  gauge({
    name: 'replica_lag_revisions',
    help: 'Revisions that the replica is behind the newest one of the store, as far as that is known. Absent while nothing is loaded, where etcd tells no true progress, with --reads direct and without etcd.',
    read: async () => (await replica())?.lag?.revisions ?? null,
  });
  gauge({
    name: 'replica_lag_seconds',
    help: 'For how long the replica has been behind the store: 0 when it is not. Absent as its revisions are.',
    read: async () => (await replica())?.lag?.seconds ?? null,
  });
  count({
    name: 'replica_loads_total',
    help: 'How often everything was read from the store.',
    read: async () => (await replica())?.loads ?? 0,
  });
  count({
    name: 'replica_probes_total',
    help: 'Questions for the newest revision, each for all operations that waited when it left, one with each scrape too.',
    read: async () => (await replica())?.probes ?? 0,
  });
  count({
    name: 'replica_waits_total',
    help: 'Reads that had to wait for the watch.',
    read: async () => (await replica())?.waits ?? 0,
  });
  count({
    name: 'replica_fallbacks_total',
    help: 'Reads that went to the store itself since the replica was too far behind, or not loaded.',
    read: async () => (await replica())?.fallbacks ?? 0,
  });
  gauge({
    name: 'jobs_working',
    help: 'Jobs that this gateway works on. Absent with --no-jobs.',
    read: ({ work }) => work?.().working ?? null,
  });
  gauge({
    name: 'jobs_waiting',
    help: 'Guests whose next job this gateway would begin if it had a place. Absent with --no-jobs.',
    read: ({ work }) => work?.().waiting ?? null,
  });
  new Gauge({
    name: 'lochness_gateway_jobs',
    help: 'Jobs in the store that gateways do, of all of them: without those of other tools, such as select-hypervisor. `status`: NEW, WORKING, DONE, ERROR, UNKNOWN. Absent with --reads direct, and while the cluster is loaded.',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      this.reset();
      const counts = readings()?.storedJobs() ?? null;
      for (const [status, jobs] of counts ?? []) this.set({ status }, jobs);
    },
  });
}

/** Who asks while it is being answered gets the same answer. */
function sharedWithin<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | null = null;
  return () => {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}
