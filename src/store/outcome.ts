import { GatewayError } from '../errors.ts';
import { fence, isAsBefore, isVoid, putToken, readToken, type Token, type Unanswered, voidValue } from './fence.ts';
import { keyRange } from './range.ts';
import { type KeyValue, OutcomeUnknownError, type Revision, type Store, type Transaction } from './store.ts';

export interface OnceOptions extends Omit<Token, 'before'>, Pick<Unanswered, 'signal' | 'resolveTimeoutMs'> {
  /** What the token keeps for whoever repeats the operation. */
  readonly value: Buffer;
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

/** How often a token may turn out to have been made void by somebody else meanwhile. */
const tokenAttempts = 5;

/**
 * Commits a transaction exactly once, also when the connection breaks on the way. Fails with STORE_UNAVAILABLE: nothing was changed,
 * unless its details say `outcome: 'UNKNOWN'`. Where a fence proved that, it is a NeverDoneError.
 *
 * Where no answer comes, sending the transaction again could do it twice: a fence finds out what became of it (see fence.ts).
 *
 * After that the operation may be begun again, as another transaction with the same token, which compares the token as the fence
 * left it. No revision comes twice: neither the first transaction nor a fence of it, however late, finds the token as it was. It could
 * only where the token was absent, and is absent again because its lease is over. A late one that puts it under that lease fails. And
 * another attempt takes another lease only where the first one's is over, or where both live for an hour: nothing is late for so long.
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

type Attempt = OnceOptions & Token;

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
    return error.isOver ? await readOutcome(store, attempt, error) : await findOutcome(store, attempt, error);
  }
}

async function findOutcome(store: Store, attempt: Attempt, cause: OutcomeUnknownError): Promise<OnceResult> {
  const token = await fence(store, { ...attempt, cause });
  if (token === null || isVoid(token)) throw new NeverDoneError(cause);
  return outcomeOf(token, attempt);
}

/** Of a transaction that is over. */
async function readOutcome(store: Store, attempt: Attempt, cause: OutcomeUnknownError): Promise<OnceResult> {
  const token = await readToken(store, { ...attempt, cause });
  const isUntouched = (token?.modRevision ?? 0) === attempt.before;
  if (token === null || isUntouched || isVoid(token)) {
    throw nothingChanged(`${cause.message}. Nothing was changed`, cause);
  }
  return outcomeOf(token, attempt);
}

function outcomeOf(token: KeyValue, { value }: Attempt): OnceResult {
  return token.value.equals(value) ? { outcome: 'committed', revision: token.modRevision } : { outcome: 'repeated', token };
}

function nothingChanged(message: string, cause?: unknown): GatewayError {
  return new GatewayError('STORE_UNAVAILABLE', message, { cause });
}
