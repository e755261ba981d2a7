import { type Key, keyRange } from '../range.ts';
import type { Compare, KeyValue, LeaseId, Revision, Write } from '../store.ts';
import { commitPatiently, type Patience } from './commit-patiently.ts';
import type { Entry } from './entry.ts';

export interface PutBatch extends Patience {
  readonly entries: readonly Entry[];
  readonly leaseId: LeaseId | null;
  readonly compares: readonly Compare[];
  /** A revision before this commit. */
  readonly after: Revision;
}

export type PutResult = { readonly revision: Revision } | { readonly takenKey: Key | null };

/**
 * Puts entries in one commit; `takenKey` is one of their keys that was there when a compare failed. Putting the same twice does no
 * harm, so a batch is sent again until it is answered. When a compare fails then, an earlier sending may be the reason: all keys
 * with our values, from one commit that is newer than `after`, can only be that.
 */
export async function putBatch({ entries, leaseId, compares, after, ...patience }: PutBatch): Promise<PutResult> {
  const puts = entries.map(
    ({ key, value, isLeased }) => ({ type: 'put', key, value, leaseId: isLeased ? leaseId : null }) as const,
  );
  const transaction = { compares, writes: puts, onFailure: puts.map(({ key }) => keyRange(key)) };
  const { committed, revision, reads, wasInDoubt } = await commitPatiently(transaction, patience);
  if (committed) return { revision };
  const found = reads.map((entries) => entries[0]);
  const foundRevision = found[0]?.modRevision ?? 0;
  const areOurs = puts.every((put, index) => isPut(put, found[index]) && found[index]?.modRevision === foundRevision);
  if (wasInDoubt && areOurs && foundRevision > after) return { revision: foundRevision };
  return { takenKey: found.find((entry) => entry !== undefined)?.key ?? null };
}

function isPut({ value, leaseId }: Extract<Write, { readonly type: 'put' }>, found: KeyValue | undefined): boolean {
  return found?.value.equals(value) === true && found.leaseId === (leaseId ?? null);
}
