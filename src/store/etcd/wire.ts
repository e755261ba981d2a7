import type { IKeyValue } from 'etcd3';
import type { Key, Range } from '../range.ts';
import type { KeyValue } from '../store.ts';

/** A key or range as etcd's requests name it. */
export interface WireRange {
  readonly key: Buffer;
  readonly range_end?: Buffer;
}

/** No key: etcd finds nothing between a key and itself. */
const emptyRange: WireRange = { key: Buffer.from('\0\0', 'latin1'), range_end: Buffer.from('\0\0', 'latin1') };

/**
 * etcd gives two spellings a meaning of their own: an empty `range_end` makes a range one key, and `"\0"` makes it endless. Here
 * both are just ends below every key. An empty key is an error in etcd; here nothing lies there.
 */
export function wireRange({ start, end }: Range): WireRange {
  if (end === undefined) return start === '' ? emptyRange : { key: keyBytes(start) };
  const first = start === '' ? '\0' : start;
  return isEmptyRange({ start, end }) ? emptyRange : { key: keyBytes(first), range_end: keyBytes(end) };
}

export function isEmptyRange({ start, end }: Range): boolean {
  return end === undefined ? start === '' : end <= start || end <= '\0';
}

export function keyBytes(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}

export function keyValueFrom(wire: IKeyValue): KeyValue {
  return {
    key: wire.key.toString('latin1'),
    value: wire.value,
    createRevision: numberFrom(wire.create_revision),
    modRevision: numberFrom(wire.mod_revision),
    version: numberFrom(wire.version),
    leaseId: wire.lease === '0' ? null : wire.lease,
  };
}

/** etcd's numbers have 64 bits and come as decimal text. */
export function numberFrom(long: string): number {
  const number = Number(long);
  if (!Number.isSafeInteger(number)) throw new RangeError(`etcd sent the number ${long}, which is beyond 2^53`);
  return number;
}

const highestLeaseId = 2n ** 63n - 1n;

/** Whether it can be the id of a lease at all. Anything else would reach etcd as 0, which means "no lease". */
export function isLeaseId(text: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(text) && BigInt(text) <= highestLeaseId;
}
