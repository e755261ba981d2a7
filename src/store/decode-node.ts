import { GatewayError } from '../errors.ts';
import { RecordError } from './codec.ts';
import type { RecordSource } from './entities/entity.ts';
import { decoders, type EntityOf } from './entities/index.ts';
import type { NodeKind } from './keys.ts';
import { type Key, textFromKey } from './range.ts';

/** Reads a node's record. Fails with BROKEN_RECORD, and nothing else, when it can't be read. */
export function decodeNode<K extends NodeKind>(kind: K, source: RecordSource): EntityOf[K] {
  try {
    return decoders[kind](source);
  } catch (error) {
    throw error instanceof RecordError ? brokenRecord(source.record.key, error.message) : error;
  }
}

/** `reason` goes on behind "can't be read: ". */
export function brokenRecord(key: Key, reason: string): BrokenRecordError {
  return new BrokenRecordError(textFromKey(key), reason);
}

export class BrokenRecordError extends GatewayError {
  /** The key as a person reads it. */
  readonly key: string;
  readonly reason: string;

  constructor(key: string, reason: string) {
    super('BROKEN_RECORD', `The record ${key} can't be read: ${reason}`, { details: { key } });
    this.key = key;
    this.reason = reason;
  }
}
