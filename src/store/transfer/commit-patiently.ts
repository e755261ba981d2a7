import { setTimeout as pause } from 'node:timers/promises';
import { hasErrorCode } from '../../errors.ts';
import { type CommitResult, OutcomeUnknownError, type Store, type Transaction } from '../store.ts';

export interface Patience {
  readonly store: Store;
  readonly signal: AbortSignal;
  /** How long a store that does not answer is waited for. */
  readonly patienceMs: number;
}

export interface PatientResult extends CommitResult {
  /** It was sent more than once, and nobody knows what became of the others: they may be why a compare failed. */
  readonly wasInDoubt: boolean;
}

const firstPauseMs = 20;
const longestPauseMs = 1000;

/**
 * Commits a transaction that does no harm when it is applied twice, and so can be sent again until the store answers: a choice of a
 * leader or a broken connection should not end a long import. Fails with what the store said at last; with an OutcomeUnknownError
 * when any sending may have been applied, or may still be.
 */
export async function commitPatiently(transaction: Transaction, { store, signal, patienceMs }: Patience): Promise<PatientResult> {
  const deadline = performance.now() + patienceMs;
  let doubt: OutcomeUnknownError | null = null;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
    try {
      return { ...(await store.commit(transaction)), wasInDoubt: doubt !== null };
    } catch (error) {
      if (error instanceof OutcomeUnknownError) doubt ??= error;
      else if (!hasErrorCode(error, 'STORE_UNAVAILABLE')) throw error;
      if (signal.aborted || performance.now() + pauseMs > deadline) throw doubt ?? error;
    }
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
