import type { Context } from '../../context.ts';
import type { RecordFields } from '../../store/codec.ts';
import { rewriteRecord } from '../../store/codec.ts';
import type { DirectoryEntity } from '../../store/entities/entity.ts';
import { type Key, keyRange, prefixRange } from '../../store/range.ts';
import type { KeyValue, LeaseId, Write } from '../../store/store.ts';
import { recordKey } from './guard.ts';

export function put(key: Key, value: Buffer | string, leaseId: LeaseId | null = null): Write {
  return { type: 'put', key, value: Buffer.from(value), leaseId };
}

/** A link says what it says by being there. */
export function putLink(key: Key): Write {
  return put(key, '');
}

export function remove(key: Key): Write {
  return { type: 'delete', range: keyRange(key) };
}

/** All keys that begin so. */
export function removeAll(prefix: Key): Write {
  return { type: 'delete', range: prefixRange(prefix) };
}

/**
 * The node's record with some of its fields changed, and all else byte for byte as it is stored. Nothing where that is what is
 * stored already: then the node keeps its revision. The record is one that the context's loaders have read.
 */
export async function rewrite(context: Context, node: DirectoryEntity, changes: RecordFields): Promise<Write[]> {
  const stored = await storedRecord(context, node);
  const value = rewriteRecord(stored.value, changes);
  return value.equals(stored.value) ? [] : [put(stored.key, value, stored.leaseId)];
}

/** The node's record as it is stored. It is one that the context's loaders have read. */
export async function storedRecord({ snapshot }: Context, node: DirectoryEntity): Promise<KeyValue> {
  const stored = await snapshot.get(recordKey(node));
  if (stored === null) throw new Error(`The record ${recordKey(node)} was read, and is gone from the same snapshot`);
  return stored;
}
