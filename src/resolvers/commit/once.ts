import type { Context } from '../../context.ts';
import { badUserInput, GatewayError } from '../../errors.ts';
import { operationLeases } from '../../store/operation-lease.ts';
import { commitOnce, type OnceResult, type OnceTransaction } from '../../store/outcome.ts';
import { textFromKey } from '../../store/range.ts';
import { type LeaseId, LeaseNotFoundError, type ReadCost, type Write } from '../../store/store.ts';
import { TransactionTooLargeError } from '../../store/transaction-check.ts';
import type { Change, Reference, Result, Step } from './decision.ts';
import type { Mutation } from './mutation.ts';
import { encodeOperation } from './operation-record.ts';

export interface Haste {
  /** Where no answer comes, it is soon found out what became of it. */
  readonly isHasty: boolean;
}

/** However often it has to be asked what became of it. */
const commitCost: ReadCost = { waves: 1, transactions: 1, keys: 0, bytes: 0 };

/** The operation's one commit, with its result. */
export function commitChange<R extends Result>(mutation: Mutation, change: Change<R> & Haste): Promise<OnceResult> {
  const { context, name, fingerprint, isRepeatable } = mutation;
  const { compares, writes, references = [], result, operationLeaseId, isHasty } = change;
  const transaction = { compares, writes: [...writes, ...referenceWrites(context, references)] };
  const operation = { name, value: encodeOperation({ fingerprint, result }), isHasty };
  return operationLeaseId === undefined || isRepeatable
    ? underSharedLease(context, (leaseId) => commitUnder(context, transaction, { ...operation, leaseId }))
    : commitUnder(context, transaction, { ...operation, leaseId: operationLeaseId });
}

/** It has a name of its own: where it is done twice, the second time changes nothing, and the operation itself is not done yet. */
export function commitStep(context: Context, { compares, writes, isHasty }: Step & Haste): Promise<OnceResult> {
  const operation = { name: context.newId(), value: encodeOperation({ fingerprint: '', result: {} }), isHasty };
  return underSharedLease(context, (leaseId) => commitUnder(context, { compares, writes }, { ...operation, leaseId }));
}

interface Operation extends Haste {
  readonly name: string;
  readonly value: Buffer;
  readonly leaseId: LeaseId;
}

async function commitUnder(context: Context, transaction: OnceTransaction, operation: Operation): Promise<OnceResult> {
  const { store, keys, signal } = context;
  const { name, ...once } = operation;
  context.spend(commitCost);
  try {
    return await commitOnce(store, transaction, { ...once, token: keys.operation(name), signal });
  } catch (error) {
    throw error instanceof TransactionTooLargeError ? tooLarge(error, transaction) : error;
  }
}

/** No text that a client gives may be half as large: a record that is was stored so by another tool. */
function tooLarge({ bytes, limitBytes }: TransactionTooLargeError, { writes }: OnceTransaction): GatewayError {
  const record = writes.find((write) => write.type === 'put' && write.value.length > limitBytes / 2);
  if (record?.type !== 'put') {
    return badUserInput('input', `What this would write has ${bytes} bytes: at most ${limitBytes} fit in one commit`);
  }
  const key = textFromKey(record.key);
  const message = `The record ${key} would have ${record.value.length} bytes: too many to be changed in one commit`;
  return new GatewayError('BROKEN_RECORD', message, { details: { key } });
}

async function underSharedLease<T>({ store }: Context, use: (leaseId: LeaseId) => Promise<T>): Promise<T> {
  const leases = operationLeases(store);
  const leaseId = await leases.take();
  try {
    return await use(leaseId);
  } catch (error) {
    // Maybe another lease of the same transaction.
    if (error instanceof LeaseNotFoundError) await leases.dropIfGone(leaseId);
    throw error;
  }
}

function referenceWrites({ keys }: Context, references: readonly Reference[]): Write[] {
  const referenced = new Set(references.map(({ kind, id }) => keys.reference(kind, id)));
  return [...referenced].map((key) => ({ type: 'put', key, value: Buffer.alloc(0) }));
}
