import { Counter, Gauge, type Registry } from 'prom-client';
import type { Readings } from './reading.ts';

/** Registers what is read when somebody asks. `readings` answers null until the gateway is there. */
export function openReadingMetrics(registry: Registry, readings: () => Readings | null): void {
  function gauge(name: string, help: string, read: (from: Readings) => Promise<number | null> | number | null): void {
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

  function count(name: string, help: string, read: (from: Readings) => Promise<number>): void {
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
  gauge('ready', 'Whether /ready says 200: 1, or 0.', async ({ isReady }) => ((await isReady()) ? 1 : 0));
  gauge(
    'event_queue_events',
    'Events that wait for their subscribers, of all together.',
    ({ eventQueues }) => eventQueues().events,
  );
  gauge(
    'event_queue_largest_events',
    'Events that wait for the subscriber for whom most do. At --event-queue-limit it is ended with SLOW_CONSUMER.',
    ({ eventQueues }) => eventQueues().largest,
  );
  gauge(
    'replica_lag_revisions',
    'Revisions that the replica is behind the newest one of the store, as far as that is known. Absent where etcd tells no true progress.',
    async () => (await replica())?.lag?.revisions ?? null,
  );
  gauge(
    'replica_lag_seconds',
    'For how long the replica has been behind the store: 0 when it is not. Absent where etcd tells no true progress.',
    async () => (await replica())?.lag?.seconds ?? null,
  );
  count('replica_loads_total', 'How often everything was read from the store.', async () => (await replica())?.loads ?? 0);
  count(
    'replica_probes_total',
    'Questions for the newest revision, each for all operations that waited when it left, one with each scrape too.',
    async () => (await replica())?.probes ?? 0,
  );
  count('replica_waits_total', 'Reads that had to wait for the watch.', async () => (await replica())?.waits ?? 0);
  count(
    'replica_fallbacks_total',
    'Reads that went to the store itself since the replica was too far behind, or not loaded.',
    async () => (await replica())?.fallbacks ?? 0,
  );
  gauge('jobs_working', 'Jobs that this gateway works on.', ({ work }) => work?.().working ?? null);
  gauge(
    'jobs_waiting',
    'Guests whose next job this gateway would begin if it had a place.',
    ({ work }) => work?.().waiting ?? null,
  );
  new Gauge({
    name: 'lochness_gateway_jobs',
    help: 'Jobs in the store, of all gateways. `status`: NEW, WORKING, DONE, ERROR, UNKNOWN. Absent with --reads direct, and while the cluster is loaded.',
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
