import type { KeyspaceView, Update } from '../keyspace.ts';
import type { Compare, CompareOperator, LeaseId, Revision, Write } from '../store.ts';

/** Whether a condition holds, as the contract (and etcd) decides it. */
export function holds(compare: Compare, snapshot: KeyspaceView): boolean {
  let isEmpty = true;
  const heldByAll = snapshot.every(compare.range, (entry) => {
    isEmpty = false;
    return compare.target === 'value'
      ? isTrue(entry.value.compare(compare.value), compare.is)
      : isTrue(entry[compare.target] - compare.number, compare.is);
  });
  if (!isEmpty) return heldByAll;
  return compare.target !== 'value' && isTrue(0 - compare.number, compare.is);
}

/** `order` is negative, 0 or positive, as the actual is below, equal to or above the expected. */
function isTrue(order: number, is: CompareOperator): boolean {
  switch (is) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
  }
}

/** What `writes` make of a snapshot at `revision`; empty when they change nothing. */
export function updatesOf(writes: readonly Write[], snapshot: KeyspaceView, revision: Revision): Update[] {
  const updates: Update[] = [];
  for (const write of writes) {
    if (write.type === 'delete') {
      for (const { key } of snapshot.list(write.range)) updates.push({ key, current: null });
      continue;
    }
    const { key, leaseId = null } = write;
    const previous = snapshot.get(key);
    const current = {
      key,
      // A copy: the caller may go on to use its buffer.
      value: Buffer.from(write.value),
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      leaseId,
    };
    updates.push({ key, current });
  }
  return updates;
}

/** The first lease that a put names and that does not live; null when there is none. */
export function unknownLeaseOf(writes: readonly Write[], isAlive: (leaseId: LeaseId) => boolean): LeaseId | null {
  for (const write of writes) {
    if (write.type === 'put' && write.leaseId != null && !isAlive(write.leaseId)) return write.leaseId;
  }
  return null;
}
