import type { Services } from '../context.ts';
import type { CountedJobs } from '../jobs/index.ts';
import type { Readings, ReplicaReading } from '../metrics/index.ts';
import { isGatewayJob } from '../resolvers/job-action.ts';
import type { RunningServer } from '../server.ts';
import type { Catalog } from '../store/catalog/index.ts';
import { jobStatuses } from '../store/entities/job.ts';
import type { OpenedStore } from '../store/open.ts';

export interface ReadingsOptions {
  readonly services: Services;
  readonly server: RunningServer;
  readonly jobs: CountedJobs | null;
  readonly replica: OpenedStore['replica'];
}

/** For a store that does not answer: a scrape is not to wait for it. */
const lookTimeoutMs = 1000;

/** Where metrics look for what is not counted as it happens. */
export function readingsOf({ services, server, jobs, replica }: ReadingsOptions): Readings {
  const { catalog, changes } = services;
  return {
    isReady: async () => (await server.readiness()).status === 'ready',
    eventQueues: () => changes.queued,
    replica: replica === null ? null : () => readReplica(replica),
    work: jobs === null ? null : () => jobs.counts,
    storedJobs: catalog === null ? () => null : openJobCount(catalog),
  };
}

async function readReplica(replica: NonNullable<OpenedStore['replica']>): Promise<ReplicaReading> {
  // Where it can't be known how far the store is, what is known of the last time holds.
  await replica.look(AbortSignal.timeout(lookTimeoutMs)).catch(() => undefined);
  return { ...replica.counts, lag: replica.lag };
}

/** By status, without those of other tools: nobody here ever does them. While no job changes, they are not counted again. */
function openJobCount(catalog: Catalog): () => ReadonlyMap<string, number> | null {
  let counted: Iterable<unknown> | null = null;
  let counts: ReadonlyMap<string, number> = new Map();
  return () => {
    const jobs = catalog.newest()?.nodes('JOB');
    if (jobs === undefined) return null;
    if (jobs !== counted) {
      const byStatus = new Map<string, number>([...jobStatuses].map((status) => [status, 0]));
      for (const job of jobs) if (isGatewayJob(job)) byStatus.set(job.status, (byStatus.get(job.status) ?? 0) + 1);
      counted = jobs;
      counts = byStatus;
    }
    return counts;
  };
}
