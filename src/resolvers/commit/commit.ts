import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { badUserInput, GatewayError, hasErrorCode } from '../../errors.ts';
import { operationLeases, withOperationLease } from '../../store/operation-lease.ts';
import { commitOnce, type OnceResult } from '../../store/outcome.ts';
import type { KeyValue, LeaseId, Revision, Write } from '../../store/store.ts';
import type { Change, Decide, Reference, Result, Step } from './decision.ts';
import type { Mutation } from './mutation.ts';
import { decodeOperation, encodeOperation } from './operation-record.ts';

/** How often a mutation is decided, when others change what it rests on. */
export const attemptLimit = 10;
/** A mutation of more steps has some 100,000 links to remove. */
export const stepLimit = 1000;
const firstPauseMs = 4;
const longestPauseMs = 250;

/** `revision` is that of the commit; where nothing had to be changed, the one at which that was seen. */
export type Committed<R extends Result> = R & { readonly revision: Revision };

/**
 * The one door through which all mutations commit. It decides from a new view, commits what was decided in one guarded
 * transaction, and when that is refused, because something changed that the decision rested on, it looks again and decides again,
 * `attemptLimit` times at most; then CONFLICT. Afterwards the context's view is that of the commit.
 *
 * The transaction puts `gateway/operations/<name>` with the result. By this key the outcome is found when the connection breaks
 * (see store/outcome.ts), and a request that is repeated with its idempotency key is answered like the first one.
 */
export async function commit<R extends Result>(mutation: Mutation, decide: Decide<R>): Promise<Committed<R>> {
  const { context } = mutation;
  let attempt = 0;
  let steps = 0;
  while (attempt < attemptLimit) {
    if (attempt > 0) await pause(context, attempt);
    context.lookAgain();
    const earlier = mutation.isRepeatable ? await context.snapshot.get(context.keys.operation(mutation.name)) : null;
    if (earlier !== null) return repeatedResult<R>(mutation, earlier);
    const decision = await decide(context, attempt);
    if (decision.type === 'answer') return { ...decision.result, revision: await context.snapshot.revision() };
    if (decision.type === 'step') {
      const { outcome } = await commitStep(mutation, decision);
      if (outcome === 'refused') attempt++;
      else if (++steps >= stepLimit) throw tooManySteps();
      continue;
    }
    const done = await commitChange(mutation, decision);
    if (done.outcome === 'repeated') return repeatedResult<R>(mutation, done.token);
    if (done.outcome === 'committed') {
      context.lookAgain(done.revision);
      return { ...decision.result, revision: done.revision };
    }
    attempt++;
  }
  throw new GatewayError(
    'CONFLICT',
    `Others changed what this depends on ${attemptLimit} times while it was tried: nothing was changed; try it again`,
  );
}

function commitChange<R extends Result>(mutation: Mutation, change: Change<R>): Promise<OnceResult> {
  const { context, name, fingerprint } = mutation;
  const { compares, writes, references = [], result, operationLeaseId } = change;
  const transaction = { compares, writes: [...writes, ...referenceWrites(context, references)] };
  const value = encodeOperation({ fingerprint, result });
  return underLease(mutation, operationLeaseId, (leaseId) =>
    commitOnce(context.store, transaction, { token: context.keys.operation(name), value, leaseId, signal: context.signal }),
  );
}

/** It has a name of its own: where it is done twice, the second time changes nothing, and the operation itself is not done yet. */
function commitStep(mutation: Mutation, { compares, writes }: Step): Promise<OnceResult> {
  const { context } = mutation;
  const value = encodeOperation({ fingerprint: '', result: {} });
  const token = context.keys.operation(context.newId());
  return underLease(mutation, undefined, (leaseId) =>
    commitOnce(context.store, { compares, writes }, { token, value, leaseId, signal: context.signal }),
  );
}

function underLease<T>(
  { context, isRepeatable }: Mutation,
  ownLeaseId: LeaseId | undefined,
  use: (leaseId: LeaseId) => Promise<T>,
): Promise<T> {
  return ownLeaseId === undefined || isRepeatable ? withOperationLease(operationLeases(context.store), use) : use(ownLeaseId);
}

function referenceWrites({ keys }: Context, references: readonly Reference[]): Write[] {
  const referenced = new Set(references.map(({ kind, id }) => keys.reference(kind, id)));
  return [...referenced].map((key) => ({ type: 'put', key, value: Buffer.alloc(0) }));
}

/** What the first one answered, read as it was then, or as it is now where that history is gone. */
async function repeatedResult<R extends Result>(mutation: Mutation, token: KeyValue): Promise<Committed<R>> {
  const { context, fingerprint } = mutation;
  const operation = decodeOperation<R>(token.value);
  if (operation.fingerprint !== fingerprint) {
    const message = 'This Idempotency-Key was used before, for a request with other arguments: give each request its own';
    throw badUserInput('idempotency-key', message);
  }
  context.lookAgain(token.modRevision);
  try {
    await context.snapshot.revision();
  } catch (error) {
    if (!hasErrorCode(error, 'REVISION_COMPACTED')) throw error;
    context.lookAgain();
  }
  return { ...operation.result, revision: token.modRevision };
}

/** Those that met each other must not meet again. */
async function pause({ random, signal }: Context, attempt: number): Promise<void> {
  const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt);
  await sleep(longestMs * random(), undefined, { signal });
}

function tooManySteps(): GatewayError {
  return new GatewayError('CONFLICT', `After ${stepLimit} steps there is still more to remove: repeat the request to go on`);
}
