import { isInRange, type Key } from './range.ts';
import { type Transaction, transactionLimit, type Write } from './store.ts';

/** Keys and values of one transaction together. etcd refuses requests over 1.5 MiB; the rest is room for its framing. */
export const transactionByteLimit = 1024 * 1024;

/** A transaction of more bytes than that. */
export class TransactionTooLargeError extends RangeError {
  override readonly name = 'TransactionTooLargeError';
  readonly bytes: number;
  readonly limitBytes = transactionByteLimit;

  constructor(bytes: number) {
    super(`A transaction holds at most ${transactionByteLimit} bytes of keys and values, this one ${bytes}`);
    this.bytes = bytes;
  }
}

/** Refuses, with a RangeError, what the contract does not allow; every store calls it first, so that all refuse the same. */
export function checkTransaction(transaction: Transaction): void {
  const { compares, writes, onSuccess = [], onFailure = [] } = transaction;
  checkCount('compares', compares.length);
  checkCount('writes and onSuccess reads', writes.length + onSuccess.length);
  checkCount('onFailure reads', onFailure.length);
  const bytes = transactionBytes(transaction);
  if (bytes > transactionByteLimit) throw new TransactionTooLargeError(bytes);
  checkWrittenOnce(writes);
}

function checkCount(what: string, count: number): void {
  if (count > transactionLimit) throw new RangeError(`A transaction has at most ${transactionLimit} ${what}, this one ${count}`);
}

function transactionBytes({ compares, writes, onSuccess = [], onFailure = [] }: Transaction): number {
  let bytes = 0;
  const ranges = [...onSuccess, ...onFailure];
  for (const compare of compares) {
    ranges.push(compare.range);
    if (compare.target === 'value') bytes += compare.value.length;
  }
  for (const write of writes) {
    if (write.type === 'put') bytes += write.key.length + write.value.length;
    else ranges.push(write.range);
  }
  for (const range of ranges) bytes += range.start.length + (range.end?.length ?? 0);
  return bytes;
}

function checkWrittenOnce(writes: readonly Write[]): void {
  const written = new Set<Key>();
  for (const write of writes) {
    if (write.type !== 'put') continue;
    checkKey(write.key);
    if (written.has(write.key)) throw new RangeError(`A transaction writes ${JSON.stringify(write.key)} twice`);
    written.add(write.key);
  }
  for (const write of writes) {
    if (write.type !== 'delete') continue;
    for (const key of written) {
      if (isInRange(key, write.range)) throw new RangeError(`A transaction puts and deletes ${JSON.stringify(key)}`);
    }
  }
}

function checkKey(key: Key): void {
  if (key === '') throw new RangeError('A key has at least one byte');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: every byte from 0x00 to 0xff may be in a key.
  if (!/^[\x00-\xff]*$/.test(key))
    throw new RangeError(`The key ${JSON.stringify(key)} is no byte string; make it with keyFromText`);
}
