import { badUserInput, hasErrorCode } from '../../errors.ts';
import { isVoid } from '../../store/fence.ts';
import type { KeyValue, Revision } from '../../store/store.ts';
import type { Result } from './decision.ts';
import type { Mutation } from './mutation.ts';
import { decodeOperation } from './operation-record.ts';

/** The key that the operation left when it was done before, as the context's view has it; null when it was not. */
export async function getEarlier({ context, name, isRepeatable }: Mutation): Promise<KeyValue | null> {
  if (!isRepeatable) return null;
  const token = await context.snapshot.get(context.keys.operation(name));
  return token === null || isVoid(token) ? null : token;
}

/**
 * What the first one answered. The context's view is then that of its commit, so that the payload is read as it was then; or a new
 * one where that history is gone.
 */
export async function answerAgain<R extends Result>(
  { context, fingerprint }: Mutation,
  token: KeyValue,
): Promise<R & { readonly revision: Revision }> {
  const operation = decodeOperation<R>(token.value);
  if (operation.fingerprint !== fingerprint) {
    const message = 'This Idempotency-Key was used before, for a request with other arguments: give each request its own';
    throw badUserInput('idempotency-key', message);
  }
  const revision = token.modRevision;
  context.lookAgain(revision);
  try {
    await context.snapshot.get(token.key);
  } catch (error) {
    if (!hasErrorCode(error, 'REVISION_COMPACTED')) throw error;
    context.lookAgain();
  }
  return { ...operation.result, revision };
}
