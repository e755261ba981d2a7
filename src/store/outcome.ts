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
  type Transaction,
  type Write,
} from './store.ts';

export interface OnceOptions {
  /** A key that belongs to this one operation: its transaction puts it, so where it is, the operation was done. */
  readonly token: Key;
  /** What the token keeps for whoever repeats the operation. */
  readonly value: Buffer;
  /** Of the token, which else stays for ever. It should outlive every repetition of the operation. */
  readonly leaseId?: LeaseId;
  /** When it aborts, the wait for an unknown outcome ends. */
  readonly signal?: AbortSignal;
  /** How long an unknown outcome is looked for. */
  readonly resolveTimeoutMs?: number;
  /** Where no answer comes, looks for the outcome soon: for a caller who begins again after a NeverDoneError. */
  readonly isHasty?: boolean;
}

/** A transaction without reads on success: whoever wants to see what it made reads at its revision. */
export type OnceTransaction = Omit<Transaction, 'onSuccess'>;

export type OnceResult =
  | { readonly outcome: 'committed'; readonly revision: Revision }
  /** A compare of the caller failed; nothing was changed. The reads are those of `onFailure`. */
  | { readonly outcome: 'refused'; readonly revision: Revision; readonly reads: readonly (readonly KeyValue[])[] }
  /** The operation was done before, by another call with this token; nothing was changed now. */
  | { readonly outcome: 'repeated'; readonly token: KeyValue };

/**
 * The connection broke, or no answer came, and it is proved that the transaction was not done and never will be. The operation may be
 * begun again, with its token.
 */
export class NeverDoneError extends GatewayError {
  constructor(cause: OutcomeUnknownError) {
    const message = 'The connection to the store broke before the change was made: nothing was changed';
    super('STORE_UNAVAILABLE', message, { cause });
  }
}

const defaultResolveTimeoutMs = 15_000;
const firstPauseMs = 10;
const longestPauseMs = 500;
/** How often a token may turn out to have been made void by somebody else meanwhile. */
const tokenAttempts = 5;

/** A token with this value stands for an operation that was never done and, as it was begun, never will be. */
const voidValue = Buffer.from('\0void');

/** Whether the operation of this token was given up: it was not done, and may be begun again. */
export function isVoid(token: KeyValue): boolean {
  return token.value.equals(voidValue);
}

/**
 * Commits a transaction exactly once, also when the connection breaks on the way. Fails with STORE_UNAVAILABLE: nothing was changed,
 * unless its details say `outcome: 'UNKNOWN'`. Where a fence proved that, it is a NeverDoneError.
 *
 * The hard case is the OutcomeUnknownError. Sending the transaction again could do it twice. Reading the token back is not enough
 * either: when it is there the transaction was applied, but when it is absent that says nothing. The transaction may still lie in a
 * buffer, or in the log of a cluster that is choosing a leader, and be applied after the read, and after the caller was told that
 * nothing happened.
 *
 * So the token is fenced. A second transaction puts the token too, with a void value, and compares the same: that the token is as it
 * was before. The store applies the two in some order, and the first makes the compare of the other fail, for good. When the fence
 * is committed, the transaction can never be applied any more; when its compare fails, the token tells what was. The fence itself
 * may be sent as often as it takes, since a second one changes nothing.
 *
 * After that the operation may be begun again, as another transaction with the same token, which compares the token as the fence
 * left it. No revision comes twice: neither the first transaction nor a fence of it, however late, finds the token as it was. It could
 * only where the token was absent, and is absent again because its lease is over. A late one that puts it under that lease fails. And
 * another attempt takes another lease only where the first one's is over, or where both live for an hour: nothing is late for so long.
 *
 * A fence may come early. What etcd received before it, it mostly puts in order before it, however long its disk takes then: so the
 * fence of a transaction that is only slow finds it done. The first fence is hasty itself, for whoever leads may be dead and not yet
 * be missed; the next ones wait as long as the store does, so that a slow store is not asked again and again without being heard.
 *
 * A store without space takes no fence. But what it refuses for that is over: there reading the token back is enough.
 */
export async function commitOnce(store: Store, transaction: OnceTransaction, options: OnceOptions): Promise<OnceResult> {
  if (options.value.equals(voidValue)) throw new RangeError('The value of a token must not be the one that makes it void');
  let before: Revision = 0;
  for (let attempt = 0; attempt < tokenAttempts; attempt++) {
    options.signal?.throwIfAborted();
    const result = await tryOnce(store, transaction, { ...options, before });
    if (result.outcome !== 'tokenChanged') return result;
    before = result.tokenRevision;
  }
  throw nothingChanged(`Others gave up the operation ${options.token} again and again: nothing was changed`);
}

interface Attempt extends OnceOptions {
  /** The token's mod revision before the transaction; 0 while it is absent. */
  readonly before: Revision;
}

/** The token is void, or absent again. Whoever left it so can't come back to it, so the operation may begin again from there. */
interface TokenChanged {
  readonly outcome: 'tokenChanged';
  readonly tokenRevision: Revision;
}

async function tryOnce(store: Store, transaction: OnceTransaction, attempt: Attempt): Promise<OnceResult | TokenChanged> {
  const { compares, writes, onFailure = [] } = transaction;
  try {
    const { committed, revision, reads } = await store.commit({
      compares: [...compares, isAsBefore(attempt)],
      writes: [...writes, putToken(attempt, attempt.value)],
      onFailure: [...onFailure, keyRange(attempt.token)],
      isHasty: attempt.isHasty ?? false,
    });
    if (committed) return { outcome: 'committed', revision };
    const token = reads[onFailure.length]?.[0];
    const tokenRevision = token?.modRevision ?? 0;
    if (tokenRevision === attempt.before) return { outcome: 'refused', revision, reads: reads.slice(0, onFailure.length) };
    if (token === undefined || isVoid(token)) return { outcome: 'tokenChanged', tokenRevision };
    return { outcome: 'repeated', token };
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error;
    const unknown = { ...attempt, cause: error };
    return error.isOver ? await readOutcome(store, unknown) : await findOutcome(store, unknown);
  }
}

interface UnknownAttempt extends Attempt {
  readonly cause: OutcomeUnknownError;
}

async function findOutcome(store: Store, attempt: UnknownAttempt): Promise<OnceResult> {
  const token = await fence(store, attempt);
  if (token === null || isVoid(token)) throw new NeverDoneError(attempt.cause);
  return outcomeOf(token, attempt);
}

/** Of a transaction that is over. */
async function readOutcome(store: Store, attempt: UnknownAttempt): Promise<OnceResult> {
  const [token] = await untilAnswered(attempt, async () => {
    const { results } = await store.read({ ranges: [keyRange(attempt.token)] });
    return results[0]?.entries ?? [];
  });
  const isUntouched = (token?.modRevision ?? 0) === attempt.before;
  if (token === undefined || isUntouched || isVoid(token)) {
    throw nothingChanged(`${attempt.cause.message}. Nothing was changed`, attempt.cause);
  }
  return outcomeOf(token, attempt);
}

function outcomeOf(token: KeyValue, { value }: Attempt): OnceResult {
  return token.value.equals(value) ? { outcome: 'committed', revision: token.modRevision } : { outcome: 'repeated', token };
}

/** Null when the fence was committed, else the token that was there first. */
async function fence(store: Store, attempt: UnknownAttempt): Promise<KeyValue | null> {
  return untilAnswered(attempt, async (asked) => {
    const { committed, reads } = await store.commit({
      compares: [isAsBefore(attempt)],
      writes: [putToken(attempt, voidValue)],
      onFailure: [keyRange(attempt.token)],
      isHasty: asked === 0,
    });
    if (committed) return null;
    const found = reads[0]?.[0];
    // Absent again: its lease ended, and with it all that could be known.
    if (found === undefined) throw outcomeUnknown(attempt.cause);
    return found;
  });
}

/** Asks as often as it takes, until the time for that is over. */
async function untilAnswered<T>(attempt: UnknownAttempt, ask: (asked: number) => Promise<T>): Promise<T> {
  const { resolveTimeoutMs = defaultResolveTimeoutMs, signal } = attempt;
  const deadline = performance.now() + resolveTimeoutMs;
  for (let asked = 0; ; asked++) {
    try {
      return await ask(asked);
    } catch (error) {
      if (error instanceof LeaseNotFoundError) throw outcomeUnknown(attempt.cause);
      const isUnanswered = error instanceof OutcomeUnknownError || isPlainlyUnavailable(error);
      if (!isUnanswered) throw error;
      if (performance.now() >= deadline || signal?.aborted === true) throw outcomeUnknown(attempt.cause);
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** asked);
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function isPlainlyUnavailable(error: unknown): boolean {
  return hasErrorCode(error, 'STORE_UNAVAILABLE') && error.details.outcome === undefined;
}

/** One compare for both: an absent key has the mod revision 0. */
function isAsBefore({ token, before }: Attempt): Compare {
  return { target: 'modRevision', range: keyRange(token), is: '=', number: before };
}

function putToken({ token, leaseId }: Attempt, value: Buffer): Write {
  return { type: 'put', key: token, value, ...(leaseId === undefined ? {} : { leaseId }) };
}

function nothingChanged(message: string, cause?: unknown): GatewayError {
  return new GatewayError('STORE_UNAVAILABLE', message, { cause });
}

function outcomeUnknown(cause: unknown): GatewayError {
  const message = 'The store did not tell in time whether the change was made: look before you repeat it';
  return new GatewayError('STORE_UNAVAILABLE', message, { details: { outcome: 'UNKNOWN' }, cause });
}
