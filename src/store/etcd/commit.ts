import type { ICompare, IRequestOp, ITxnRequest } from 'etcd3';
import {
  type CommitResult,
  type Compare,
  type CompareOperator,
  LeaseNotFoundError,
  OutcomeUnknownError,
  type Transaction,
  type Write,
} from '../store.ts';
import { checkTransaction } from '../transaction-check.ts';
import type { Cluster } from './cluster.ts';
import { EtcdFailure, type FailureKind, storeUnavailable } from './errors.ts';
import { isEmptyRange, isLeaseId, keyBytes, wireRange } from './wire.ts';

/** After these nobody knows whether the transaction was applied, or still will be. */
const unknownOutcomes: ReadonlySet<FailureKind> = new Set(['unreachable', 'silent', 'broken', 'tooLarge']);

export async function commit(cluster: Cluster, transaction: Transaction): Promise<CommitResult> {
  checkTransaction(transaction);
  const leaseIds = leaseIdsOf(transaction.writes);
  for (const leaseId of leaseIds) if (!isLeaseId(leaseId)) throw new LeaseNotFoundError(leaseId);
  const request = wireTransaction(transaction);
  try {
    const reply = await cluster.run((endpoint, limits) => endpoint.calls.txn(request, limits), {
      repeatable: false,
      isHasty: transaction.isHasty === true,
    });
    cluster.saw(reply.revision);
    return { committed: reply.succeeded, revision: reply.revision, reads: reply.ranges.map(({ entries }) => entries) };
  } catch (error) {
    if (!(error instanceof EtcdFailure)) throw error;
    if (error.kind === 'noSpace')
      throw new OutcomeUnknownError(`etcd refused a transaction: ${error.message}`, { cause: error, isOver: true });
    if (error.kind === 'leaseNotFound') throw new LeaseNotFoundError(leaseIds.join(' or '), { cause: error });
    if (!unknownOutcomes.has(error.kind)) throw storeUnavailable(`etcd refused a transaction: ${error.message}`, error);
    throw new OutcomeUnknownError(`etcd may or may not have applied a transaction: ${error.message}`, { cause: error });
  }
}

function leaseIdsOf(writes: readonly Write[]): string[] {
  const ids = writes.map((write) => (write.type === 'put' ? (write.leaseId ?? null) : null));
  return [...new Set(ids)].filter((id) => id !== null);
}

function wireTransaction({ compares, writes, onSuccess = [], onFailure = [] }: Transaction): ITxnRequest {
  const reads = (ranges: typeof onSuccess) => ranges.map((range): IRequestOp => ({ request_range: wireRange(range) }));
  return {
    compare: compares.map(wireCompare),
    success: [...writes.flatMap(wireWrite), ...reads(onSuccess)],
    failure: reads(onFailure),
  };
}

function wireWrite(write: Write): IRequestOp[] {
  if (write.type === 'delete') return isEmptyRange(write.range) ? [] : [{ request_delete_range: wireRange(write.range) }];
  const { key, value, leaseId } = write;
  // A copy: the caller may go on using its buffer while an endpoint is being chosen.
  const put = { key: keyBytes(key), value: Buffer.from(value) };
  return [{ request_put: leaseId === undefined || leaseId === null ? put : { ...put, lease: leaseId } }];
}

const operators = { '=': 'Equal', '!=': 'NotEqual', '<': 'Less', '>': 'Greater' } as const satisfies Record<
  CompareOperator,
  ICompare['result']
>;

function wireCompare(compare: Compare): ICompare {
  const base = { ...wireRange(compare.range), result: operators[compare.is] };
  switch (compare.target) {
    case 'value':
      return { ...base, target: 'Value', value: Buffer.from(compare.value) };
    case 'version':
      return { ...base, target: 'Version', version: compare.number };
    case 'createRevision':
      return { ...base, target: 'Create', create_revision: compare.number };
    case 'modRevision':
      return { ...base, target: 'Mod', mod_revision: compare.number };
  }
}
