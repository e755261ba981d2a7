import type { Context } from '../../context.ts';
import { badUserInput } from '../../errors.ts';
import { operationLeases } from '../../store/operation-lease.ts';
import { commitOnce, type OnceResult, type OnceTransaction } from '../../store/outcome.ts';
import { type LeaseId, LeaseNotFoundError, type ReadCost, type Write } from '../../store/store.ts';
import { TransactionTooLargeError } from '../../store/transaction-check.ts';
import type { Change, Reference, Result, Step } from './decision.ts';
import type { Mutation } from './mutation.ts';
import { encodeOperation } from './operation-record.ts';

/** However often it has to be asked what became of it. */
const commitCost: ReadCost = { waves: 1, transactions: 1, keys: 0, bytes: 0 };

/** The operation's one commit, with its result. */
export function commitChange<R extends Result>(mutation: Mutation, change: Change<R>): Promise<OnceResult> {
  const { context, name, fingerprint, isRepeatable } = mutation;
  const { compares, writes, references = [], result, operationLeaseId } = change;
  const transaction = { compares, writes: [...writes, ...referenceWrites(context, references)] };
  const operation = { name, value: encodeOperation({ fingerprint, result }) };
  return operationLeaseId === undefined || isRepeatable
    ? underSharedLease(context, (leaseId) => commitUnder(context, transaction, { ...operation, leaseId }))
    : commitUnder(context, transaction, { ...operation, leaseId: operationLeaseId });
}

/** It has a name of its own: where it is done twice, the second time changes nothing, and the operation itself is not done yet. */
export function commitStep(context: Context, { compares, writes }: Step): Promise<OnceResult> {
  const operation = { name: context.newId(), value: encodeOperation({ fingerprint: '', result: {} }) };
  return underSharedLease(context, (leaseId) => commitUnder(context, { compares, writes }, { ...operation, leaseId }));
}

interface Operation {
  readonly name: string;
  readonly value: Buffer;
  readonly leaseId: LeaseId;
}

async function commitUnder(context: Context, transaction: OnceTransaction, operation: Operation): Promise<OnceResult> {
  const { store, keys, signal } = context;
  const { name, value, leaseId } = operation;
  context.spend(commitCost);
  try {
    return await commitOnce(store, transaction, { token: keys.operation(name), value, leaseId, signal });
  } catch (error) {
    if (!(error instanceof TransactionTooLargeError)) throw error;
    // Each text that a client gives has its own, smaller limit; a record that another tool made so large has none.
    throw badUserInput('input', `What this would write has ${error.bytes} bytes: at most ${error.limitBytes} fit in one commit`);
  }
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
