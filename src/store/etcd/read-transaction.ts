import type { IRangeRequest } from 'etcd3';
import type { RangeResult, Revision } from '../store.ts';
import type { Cluster } from './cluster.ts';
import { EtcdFailure } from './errors.ts';
import type { Page } from './read-plan.ts';
import { wireRange } from './wire.ts';

export interface TransactionReply {
  readonly revision: Revision;
  readonly keys: number;
  readonly bytes: number;
}

export interface ReadOptions {
  /** Absent: at the newest revision, linearizable. */
  readonly revision: Revision | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads pages in one transaction, which sees one revision, and adds them to their ranges. */
export async function readTransaction(
  cluster: Cluster,
  pages: readonly Page[],
  { revision, signal }: ReadOptions,
): Promise<TransactionReply> {
  const requests = pages.map(({ range, limit }): IRangeRequest => ({ ...wireRange(range.rest()), limit }));
  if (requests.length === 0) requests.push(wireRange(cluster.probe));
  const success = requests.map((request) => ({
    request_range: revision === undefined ? request : { ...request, revision },
  }));
  const newest = cluster.newest;
  const reply = await cluster.run(
    async (endpoint, limits) => {
      const found = await endpoint.calls.txn({ success }, limits);
      if (revision === undefined) checkNotOlder(found.revision, newest);
      return found;
    },
    { signal, repeatable: true },
  );
  cluster.saw(reply.revision);
  return { revision: revision ?? reply.revision, ...addPages(pages, reply.ranges) };
}

/** The newest revision, proved with the cheapest linearizable read. */
export async function newestRevision(cluster: Cluster, signal?: AbortSignal): Promise<Revision> {
  const { revision } = await readTransaction(cluster, [], { revision: undefined, signal });
  return revision;
}

function addPages(pages: readonly Page[], found: readonly RangeResult[]): { keys: number; bytes: number } {
  let keys = 0;
  let bytes = 0;
  pages.forEach(({ range }, index) => {
    const result = found[index];
    if (result === undefined) throw new EtcdFailure('broken', 'it did not answer all reads of a transaction');
    keys += result.entries.length;
    for (const { key, value } of result.entries) bytes += key.length + value.length;
    range.add(result);
  });
  return { keys, bytes };
}

/** No member of the same cluster can answer so: it was restored from a backup, or it is another one. */
function checkNotOlder(revision: Revision, newest: Revision): void {
  if (revision >= newest) return;
  throw new EtcdFailure('unreachable', `it is at revision ${revision}, but ${newest} was seen before: it has lost commits`);
}
