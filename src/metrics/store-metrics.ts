import { Counter, Histogram, type Registry } from 'prom-client';
import type { CommitObserver, ReplicaObserver, StoreObserver } from '../observer.ts';
import { latencyBuckets } from './bucket.ts';

/** Requests that are sent to the store. Reads that memory answers are none. */
export function openStoreMetrics(registry: Registry): StoreObserver {
  const registers = [registry];
  const requests = new Counter({
    name: 'lochness_gateway_store_requests_total',
    help: 'Requests to the store that came to their end. `request`: read (a question for the newest revision too), commit, watch (its beginning), lease. `outcome`: ok, refused (a compare of the commit failed), compacted, unavailable (nothing was changed), unknown (the connection broke in a commit), aborted, error.',
    labelNames: ['request', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'lochness_gateway_store_request_duration_seconds',
    help: 'How long requests to the store took, retries of reads and all pages of a long range included.',
    labelNames: ['request'],
    buckets: latencyBuckets,
    registers,
  });
  return {
    begin(request) {
      const startedAt = performance.now();
      return (outcome) => {
        requests.inc({ request, outcome });
        durations.observe({ request }, (performance.now() - startedAt) / 1000);
      };
    },
  };
}

export function openReplicaWaitMetrics(registry: Registry): ReplicaObserver {
  const waits = new Histogram({
    name: 'lochness_gateway_replica_wait_seconds',
    help: 'How long reads waited for the watch, of those that had to: most find the replica fresh.',
    buckets: latencyBuckets,
    registers: [registry],
  });
  const ignore = () => undefined;
  return { beginProof: () => ignore, waited: (seconds) => waits.observe(seconds) };
}

export function openCommitMetrics(registry: Registry): CommitObserver {
  const attempts = new Counter({
    name: 'lochness_gateway_commit_attempts_total',
    help: 'Attempts of mutations, placements too. `mutation`: the field. `outcome`: done, stepped (a part of it is done), overtaken (others changed what it rested on: it is decided anew, ten times at most), lost (its commit was lost on its way, and is proved not to be done: it is decided anew), failed.',
    labelNames: ['mutation', 'outcome'],
    registers: [registry],
  });
  return { attempted: (mutation, outcome) => attempts.inc({ mutation, outcome }) };
}
