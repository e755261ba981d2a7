import type { KeyValue, RangeResult, Revision } from '../store.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/** What etcd answers to a transaction. */
export interface TxnReply {
  /** The store's revision right after the transaction. */
  readonly revision: Revision;
  readonly succeeded: boolean;
  /** The answers to its reads, in their order; those to its writes are left out. */
  readonly ranges: readonly RangeResult[];
}

// The tags of rpc.proto and kv.proto: number of the field, wire type (0 varint, 2 with its length).
const field = (number: number, wireType: 0 | 2): number => number * 8 + wireType;
const txn = { header: field(1, 2), succeeded: field(2, 0), responses: field(3, 2) };
const header = { revision: field(3, 0) };
const response = { range: field(1, 2) };
const range = { kvs: field(2, 2), more: field(3, 0) };
const kv = {
  key: field(1, 2),
  createRevision: field(2, 0),
  modRevision: field(3, 0),
  version: field(4, 0),
  value: field(5, 2),
  lease: field(6, 0),
};

const noBytes: Buffer = Buffer.alloc(0);

/**
 * Decodes a TxnResponse straight into entries. All reads come through here, by the hundred thousand: the general decoder, which makes
 * an object, four long integers and five strings for each entry first, takes three times as long, and collecting its garbage stopped
 * the event loop for up to 100 ms. The values share the memory of the reply.
 */
export function decodeTxnReply(bytes: Buffer): TxnReply {
  const reader = new ProtobufReader(bytes);
  const ranges: RangeResult[] = [];
  let revision = 0;
  let succeeded = false;
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    if (tag === txn.header) revision = decodeRevision(reader.message());
    else if (tag === txn.succeeded) succeeded = reader.number() === 1;
    else if (tag === txn.responses) ranges.push(...decodeResponse(reader.message()));
    else reader.skip(tag);
  }
  return { revision, succeeded, ranges };
}

function decodeRevision(reader: ProtobufReader): Revision {
  let revision = 0;
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    if (tag === header.revision) revision = reader.number();
    else reader.skip(tag);
  }
  return revision;
}

function decodeResponse(reader: ProtobufReader): RangeResult[] {
  const ranges: RangeResult[] = [];
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    if (tag === response.range) ranges.push(decodeRange(reader.message()));
    else reader.skip(tag);
  }
  return ranges;
}

function decodeRange(reader: ProtobufReader): RangeResult {
  const entries: KeyValue[] = [];
  let more = false;
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    if (tag === range.kvs) entries.push(decodeKeyValue(reader.message()));
    else if (tag === range.more) more = reader.number() === 1;
    else reader.skip(tag);
  }
  return { entries, more };
}

/** Fields that are 0 or empty are not sent. */
function decodeKeyValue(reader: ProtobufReader): KeyValue {
  let key = '';
  let value = noBytes;
  let createRevision = 0;
  let modRevision = 0;
  let version = 0;
  let lease = '0';
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    if (tag === kv.key) key = reader.latin1();
    else if (tag === kv.value) value = reader.bytes();
    else if (tag === kv.createRevision) createRevision = reader.number();
    else if (tag === kv.modRevision) modRevision = reader.number();
    else if (tag === kv.version) version = reader.number();
    else if (tag === kv.lease) lease = reader.longText();
    else reader.skip(tag);
  }
  return { key, value, createRevision, modRevision, version, leaseId: lease === '0' ? null : lease };
}
