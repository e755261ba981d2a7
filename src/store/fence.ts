import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError, hasErrorCode } from '../errors.ts';
import { type Key, keyRange } from './range.ts';
import {
  type Compare,
  type KeyValue,
  type LeaseId,
  LeaseNotFoundError,
  OutcomeUnknownError,
  type Revision,
  type Store,
  type Write,
} from './store.ts';

/** A key that belongs to one operation: its transaction puts it, so where it is and is not void, the operation was done. */
export interface Token {
  readonly token: Key;
  /** Of the token, which else stays for ever. It should outlive every repetition of the operation. */
  readonly leaseId?: LeaseId;
  /** The token's mod revision before the transaction; 0 while it is absent. */
  readonly before: Revision;
}

/** A transaction that puts the token, and of which nobody knows whether it was applied. */
export interface Unanswered extends Token {
  readonly cause: OutcomeUnknownError;
  /** When it aborts, the wait for an unknown outcome ends. */
  readonly signal?: AbortSignal;
  /** How long an unknown outcome is looked for. */
  readonly resolveTimeoutMs?: number;
}

const defaultResolveTimeoutMs = 15_000;
const firstPauseMs = 10;
const longestPauseMs = 500;

/** A token with this value stands for an operation that was never done and, as it was begun, never will be. */
export const voidValue = Buffer.from('\0void');

/** Whether the operation of this token was given up: it was not done, and may be begun again. */
export function isVoid(token: KeyValue): boolean {
  return token.value.equals(voidValue);
}

/** One compare for both: an absent key has the mod revision 0. */
export function isAsBefore({ token, before }: Token): Compare {
  return { target: 'modRevision', range: keyRange(token), is: '=', number: before };
}

export function putToken({ token, leaseId }: Token, value: Buffer): Write {
  return { type: 'put', key: token, value, ...(leaseId === undefined ? {} : { leaseId }) };
}

/**
 * Settles what became of a transaction that nobody answered. Answers the token that was there first, maybe a void one; null when the
 * fence was committed. Fails with STORE_UNAVAILABLE, `outcome: 'UNKNOWN'`, where the store does not tell in time.
 *
 * Reading the token back is not enough: when it is there the transaction was applied, but when it is absent that says nothing. The
 * transaction may still lie in a buffer, or in the log of a cluster that is choosing a leader, and be applied after the read, and
 * after the caller was told that nothing happened.
 *
 * So the token is fenced. A second transaction puts the token too, with a void value, and compares the same: that the token is as it
 * was before. The store applies the two in some order, and the first makes the compare of the other fail, for good. When the fence
 * is committed, the transaction can never be applied any more; when its compare fails, the token tells what was. The fence itself
 * may be sent as often as it takes, since a second one changes nothing.
 *
 * A fence may come early. What etcd received before it, it mostly puts in order before it, however long its disk takes then: so the
 * fence of a transaction that is only slow finds it done. The first fence is hasty itself, for whoever leads may be dead and not yet
 * be missed; the next ones wait as long as the store does, so that a slow store is not asked again and again without being heard.
 */
export async function fence(store: Store, unanswered: Unanswered): Promise<KeyValue | null> {
  return untilAnswered(unanswered, async (asked) => {
    const { committed, reads } = await store.commit({
      compares: [isAsBefore(unanswered)],
      writes: [putToken(unanswered, voidValue)],
      onFailure: [keyRange(unanswered.token)],
      isHasty: asked === 0,
    });
    if (committed) return null;
    const found = reads[0]?.[0];
    // Absent again: its lease ended, and with it all that could be known.
    if (found === undefined) throw outcomeUnknown(unanswered.cause);
    return found;
  });
}

/** The token as it is, null while it is absent: enough where the transaction is over. Fails as a fence does. */
export async function readToken(store: Store, unanswered: Unanswered): Promise<KeyValue | null> {
  return untilAnswered(unanswered, async () => {
    const { results } = await store.read({ ranges: [keyRange(unanswered.token)] });
    return results[0]?.entries[0] ?? null;
  });
}

/** Asks as often as it takes, until the time for that is over. */
async function untilAnswered<T>(unanswered: Unanswered, ask: (asked: number) => Promise<T>): Promise<T> {
  const { resolveTimeoutMs = defaultResolveTimeoutMs, signal } = unanswered;
  const deadline = performance.now() + resolveTimeoutMs;
  for (let asked = 0; ; asked++) {
    try {
      return await ask(asked);
    } catch (error) {
      if (error instanceof LeaseNotFoundError) throw outcomeUnknown(unanswered.cause);
      const isUnanswered = error instanceof OutcomeUnknownError || isPlainlyUnavailable(error);
      if (!isUnanswered) throw error;
      if (performance.now() >= deadline || signal?.aborted === true) throw outcomeUnknown(unanswered.cause);
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** asked);
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function isPlainlyUnavailable(error: unknown): boolean {
  return hasErrorCode(error, 'STORE_UNAVAILABLE') && error.details.outcome === undefined;
}

function outcomeUnknown(cause: unknown): GatewayError {
  const message = 'The store did not tell in time whether the change was made: look before you repeat it';
  return new GatewayError('STORE_UNAVAILABLE', message, { details: { outcome: 'UNKNOWN' }, cause });
}
