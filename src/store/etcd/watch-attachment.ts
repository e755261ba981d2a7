import type { Range } from '../range.ts';
import type { Revision } from '../store.ts';
import type { Cluster } from './cluster.ts';
import { compacted } from './compaction.ts';
import { type EtcdFailure, storeUnavailable } from './errors.ts';
import { openWatchStream, type WatchStream } from './watch-stream.ts';
import { wireRange } from './wire.ts';

export interface Attachment {
  readonly range: Range;
  readonly after: Revision;
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens a stream that delivers all changes behind `after`, or fails.
 *
 * The trap: a compaction at revision C removes what was deleted at C, and etcd cancels a watch only when it starts below C. So a
 * watch that starts at C can miss deletes, silently, and the compaction may come after any check that is made here. Therefore the
 * stream starts at `after` itself, and what it delivers of that revision is dropped: C <= after takes nothing that is wanted, and
 * for C > after etcd cancels the watch. The read at `after` proves, linearizably, that this revision exists and is not compacted.
 */
export function attachWatch(cluster: Cluster, { range, after, signal }: Attachment): Promise<WatchStream> {
  return cluster.run(
    async (endpoint, limits) => {
      const start = Math.max(1, after);
      const tellsProgress = isProgressTrue(endpoint.version);
      const stream = await openWatchStream(endpoint.watches, { range, start, tellsProgress }, limits);
      try {
        const proof = { ...wireRange(cluster.probe), revision: start };
        await endpoint.calls.txn({ success: [{ request_range: proof }] }, limits);
        return stream;
      } catch (error) {
        stream.cancel();
        throw error;
      }
    },
    { signal, repeatable: true },
  );
}

/**
 * Whether this version of etcd tells no progress before it has sent what lies behind it (etcd issue 15220; seen on 3.4.23). Where it
 * does, changes would be lost.
 */
export function isProgressTrue(version: string | null): boolean {
  const [, major = '', minor = '', patch = ''] = /^(\d+)\.(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (Number(major) !== 3) return Number(major) > 3;
  if (minor === '4') return Number(patch) >= 25;
  return minor === '5' ? Number(patch) >= 8 : Number(minor) > 5;
}

/** On a watch that runs, a future revision means that etcd has lost the one it had delivered. */
export async function watchError(cluster: Cluster, after: Revision, failure: EtcdFailure): Promise<Error> {
  const isLost = failure.kind === 'compacted' || failure.kind === 'futureRevision';
  return isLost
    ? await compacted(cluster, after, failure)
    : storeUnavailable(`etcd refused a watch: ${failure.message}`, failure);
}
