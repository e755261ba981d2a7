import type { Result } from './decision.ts';

/** What lies under `gateway/operations/<name>`. */
export interface OperationRecord<R extends Result> {
  readonly fingerprint: string;
  readonly result: R;
}

export function encodeOperation(operation: OperationRecord<Result>): Buffer {
  return Buffer.from(JSON.stringify(operation));
}

/** Written by `encodeOperation` alone: the field's name is a part of the key's name, so R is what was written. */
export function decodeOperation<R extends Result>(value: Buffer): OperationRecord<R> {
  return JSON.parse(value.toString('utf8'));
}
