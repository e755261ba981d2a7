import type { GatewayError } from '../../errors.ts';
import type { Revision } from '../store.ts';
import { bounded } from './bounded.ts';
import type { Cluster } from './cluster.ts';
import { EtcdFailure, revisionCompacted } from './errors.ts';
import { openWatchStream } from './watch-stream.ts';

/** etcd looks at a watch of old revisions every 100 ms. */
const oldestTimeoutMs = 1000;

/** The error for a revision whose history is gone. Names the oldest revision that is left, when etcd tells it in time. */
export async function compacted(cluster: Cluster, revision: Revision, cause?: unknown): Promise<GatewayError> {
  const told = cause instanceof EtcdFailure ? cause.oldestRevision : null;
  return revisionCompacted(revision, told ?? (await oldestRevision(cluster)), cause);
}

/** The error of a read does not tell the compaction revision; a watch from the very beginning is cancelled with it. */
async function oldestRevision(cluster: Cluster): Promise<Revision | null> {
  const ask = cluster.run(
    async (endpoint, limits) => {
      const bounds = { ...limits, deadline: Math.min(limits.deadline, performance.now() + oldestTimeoutMs) };
      const stream = await openWatchStream(endpoint.watches, { range: cluster.probe, start: 1 }, bounds);
      try {
        await bounded(stream.next(), bounds);
        return null;
      } catch (error) {
        return error instanceof EtcdFailure ? error.oldestRevision : null;
      } finally {
        stream.cancel();
      }
    },
    { repeatable: true },
  );
  return ask.catch(() => null);
}
