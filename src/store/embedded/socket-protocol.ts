import { deserialize, serialize } from 'node:v8';
import { type ErrorCode, type ErrorDetails, GatewayError, messageOf } from '../../errors.ts';
import {
  type KeyValue,
  type LeaseId,
  LeaseNotFoundError,
  OutcomeUnknownError,
  type RangeRead,
  type ReadCost,
  type Revision,
  type Transaction,
  type WatchBatch,
  type WatchRequest,
} from '../store.ts';

/*
 * How a store is spoken to through a folder's socket: one HTTP request a call, its body a Call; the answer is a stream of frames,
 * each with its length before it. Both sides are the same program, so both use Node's own serializer, which keeps buffers as they are.
 */

/** Changes with the shape of calls and frames, so that two versions of the gateway fail clearly. */
export const protocolPath = '/v1';

export type Call =
  | { readonly type: 'read'; readonly at?: Revision; readonly ranges: readonly RangeRead[] }
  | { readonly type: 'commit'; readonly transaction: Transaction }
  | { readonly type: 'watch'; readonly request: Omit<WatchRequest, 'signal'> }
  | { readonly type: 'grantLease'; readonly ttlSeconds: number }
  | { readonly type: 'keepLeaseAlive'; readonly leaseId: LeaseId }
  | { readonly type: 'revokeLease'; readonly leaseId: LeaseId }
  | { readonly type: 'leaseTimeToLive'; readonly leaseId: LeaseId }
  | { readonly type: 'status' };

/** An answer is any number of items, then `end` or `error`. When neither comes, the connection broke. */
export type Frame<Item> = { readonly item: Item } | { readonly end: true } | { readonly error: WireError };

/** A read is answered in pieces, the entries of one range after those of another, then what is said of all of them. */
export type ReadItem =
  | { readonly range: number; readonly entries: readonly KeyValue[] }
  | { readonly revision: Revision; readonly more: readonly boolean[]; readonly cost: ReadCost };

/** A watch is answered with where it began, then its batches. */
export type WatchItem = { readonly after: Revision } | { readonly batch: WatchBatch };

export type WireError =
  | { readonly type: 'gateway'; readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails }
  | { readonly type: 'leaseNotFound'; readonly leaseId: LeaseId }
  | { readonly type: 'outcomeUnknown'; readonly message: string }
  | { readonly type: 'range'; readonly message: string }
  | { readonly type: 'other'; readonly message: string };

const lengthBytes = 4;

export function encodeFrame(frame: Frame<unknown>): Buffer {
  const body = serialize(frame);
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** The frames in a stream of bytes, however it is cut. */
export async function* decodeFrames<Item>(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame<Item>, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let wanted = lengthBytes;
  for await (const chunk of stream) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < wanted) continue;
    let bytes = Buffer.concat(pending);
    while (bytes.length >= lengthBytes) {
      wanted = lengthBytes + bytes.readUInt32BE();
      if (bytes.length < wanted) break;
      const frame: Frame<Item> = deserialize(bytes.subarray(lengthBytes, wanted));
      yield frame;
      bytes = bytes.subarray(wanted);
      wanted = lengthBytes;
    }
    pending = [bytes];
    pendingBytes = bytes.length;
  }
}

export function wireErrorOf(error: unknown): WireError {
  const message = messageOf(error);
  if (error instanceof GatewayError) return { type: 'gateway', code: error.code, message, details: error.details };
  if (error instanceof LeaseNotFoundError) return { type: 'leaseNotFound', leaseId: error.leaseId };
  if (error instanceof OutcomeUnknownError) return { type: 'outcomeUnknown', message };
  if (error instanceof RangeError) return { type: 'range', message };
  return { type: 'other', message };
}

export function errorOf(wire: WireError): Error {
  switch (wire.type) {
    case 'gateway':
      return new GatewayError(wire.code, wire.message, { details: wire.details });
    case 'leaseNotFound':
      return new LeaseNotFoundError(wire.leaseId);
    case 'outcomeUnknown':
      return new OutcomeUnknownError(wire.message);
    case 'range':
      return new RangeError(wire.message);
    case 'other':
      return new Error(wire.message);
  }
}
