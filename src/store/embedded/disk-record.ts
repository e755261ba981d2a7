import { createHash } from 'node:crypto';
import type { Key } from '../range.ts';
import type { KeyValue, Lease, LeaseId, Revision } from '../store.ts';

/** Raise it when the layout below changes, and teach `lmdb-journal.ts` to read the older one. */
export const diskFormat = 1;

/*
 * The keys on disk: a tag, then a name.
 *
 *   m format         the format, in decimal
 *   m head           the newest revision, and how often was written
 *   k <key>          an entry, under its own key
 *   h <sha-256>      an entry whose key is longer than LMDB takes
 *   l <lease id>     a living lease
 */
export const formatKey = Buffer.from('mformat');
export const headKey = Buffer.from('mhead');

/** LMDB takes 1,978 bytes in 4 KiB pages; beyond this an entry lies under the hash of its key. */
const longestPlainKey = 1_000;

const entryTag = 'k';
const longEntryTag = 'h';
const leaseTag = 'l';

export function entryKey(key: Key): Buffer {
  const bytes = Buffer.from(key, 'latin1');
  if (bytes.length <= longestPlainKey) return Buffer.concat([Buffer.from(entryTag), bytes]);
  return Buffer.concat([Buffer.from(longEntryTag), createHash('sha256').update(bytes).digest()]);
}

export function leaseKey(id: LeaseId): Buffer {
  return Buffer.from(leaseTag + id);
}

export type DiskKind = 'meta' | 'entry' | 'lease';

export function kindOf(diskKey: Buffer): DiskKind {
  const tag = diskKey.toString('latin1', 0, 1);
  if (tag === entryTag || tag === longEntryTag) return 'entry';
  return tag === leaseTag ? 'lease' : 'meta';
}

/** Bytes before the key: three numbers, the lease (0 for none), the key's length. */
const entryHeaderBytes = 4 * 8 + 4;

export function encodeEntry({ key, value, createRevision, modRevision, version, leaseId }: KeyValue): Buffer {
  const bytes = Buffer.allocUnsafe(entryHeaderBytes + key.length + value.length);
  bytes.writeDoubleBE(createRevision, 0);
  bytes.writeDoubleBE(modRevision, 8);
  bytes.writeDoubleBE(version, 16);
  bytes.writeBigUInt64BE(BigInt(leaseId ?? 0), 24);
  bytes.writeUInt32BE(key.length, 32);
  bytes.write(key, entryHeaderBytes, 'latin1');
  value.copy(bytes, entryHeaderBytes + key.length);
  return bytes;
}

export function decodeEntry(bytes: Buffer): KeyValue {
  const leaseId = bytes.readBigUInt64BE(24);
  const valueStart = entryHeaderBytes + bytes.readUInt32BE(32);
  // A copy, so that the entry does not keep the whole record.
  const value = Buffer.allocUnsafe(bytes.length - valueStart);
  bytes.copy(value, 0, valueStart);
  return {
    key: bytes.toString('latin1', entryHeaderBytes, valueStart),
    value,
    createRevision: bytes.readDoubleBE(0),
    modRevision: bytes.readDoubleBE(8),
    version: bytes.readDoubleBE(16),
    leaseId: leaseId === 0n ? null : String(leaseId),
  };
}

export function encodeLease(ttlSeconds: number): Buffer {
  return Buffer.from(String(ttlSeconds));
}

export function decodeLease(diskKey: Buffer, bytes: Buffer): Lease {
  return { id: diskKey.toString('latin1', leaseTag.length), ttlSeconds: Number(bytes.toString()) };
}

export interface Head {
  readonly revision: Revision;
  /** Counts groups written, so that after an error one can see whether the last one is there. */
  readonly writes: number;
}

export function encodeHead({ revision, writes }: Head): Buffer {
  return Buffer.from(`${revision} ${writes}`);
}

export function decodeHead(bytes: Buffer): Head {
  const [revision, writes] = bytes.toString().split(' ').map(Number);
  if (revision === undefined || writes === undefined) throw new Error(`Not a head record: ${bytes.toString()}`);
  return { revision, writes };
}
