import { GatewayError, messageOf } from '../errors.ts';
import type { Keys } from '../store/keys.ts';
import { type Key, keyFromText, keyRange, prefixRange, textFromKey } from '../store/range.ts';
import { type CommitResult, type Compare, OutcomeUnknownError, type Store, type Transaction } from '../store/store.ts';
import { hashOf, idOfHash, isTokenText, newTokenText, tokenPrefix } from './token.ts';
import { decodeTokenRecord, encodeTokenRecord, type TokenRecord } from './token-record.ts';

export interface TokenPlace {
  readonly store: Store;
  readonly keys: Keys;
  readonly signal?: AbortSignal;
}

export interface NewToken extends Omit<TokenRecord, 'hash'> {}

export interface StoredToken {
  readonly id: string;
  /** Null: it can't be read. It lets nobody in; `problem` says why. */
  readonly record: TokenRecord | null;
  readonly problem: string | null;
}

/** Makes a token, and answers it: nobody can ever tell it again. That of an agent needs its hypervisor to be there. */
export async function createToken({ store, keys }: TokenPlace, token: NewToken): Promise<string> {
  const text = newTokenText();
  const hash = hashOf(text);
  const key = keys.token(idOfHash(hash));
  const { hypervisorId } = token;
  const hypervisor = hypervisorId === null ? null : keys.record('HYPERVISOR', hypervisorId);
  const value = encodeTokenRecord({ hash, ...token });
  const transaction: Transaction = {
    compares: [isThere(key, false), ...(hypervisor === null ? [] : [isThere(hypervisor, true)])],
    writes: [{ type: 'put', key, value }],
  };
  const { committed } = await commit(store, transaction, async (error) => {
    // What is there can only be this one. Where nothing is, it may still come: nobody has it then.
    if ((await valueAt(store, key))?.equals(value) === true) return;
    throw unknownOutcome(
      `whether the token ${idOfHash(hash)} was made: look with "token list", and revoke it if it is there`,
      error,
    );
  });
  if (committed) return text;
  if (hypervisorId !== null && (await valueAt(store, keys.record('HYPERVISOR', hypervisorId))) === null) {
    throw new GatewayError('NOT_FOUND', `There is no hypervisor ${hypervisorId} under ${textFromKey(keys.prefix)}`);
  }
  throw new GatewayError('CONFLICT', 'The token could not be stored: try again');
}

/** All of them, the oldest first. */
export async function listTokens({ store, keys, signal }: TokenPlace): Promise<readonly StoredToken[]> {
  const { results } = await store.read({ ranges: [prefixRange(keys.tokens)], ...(signal === undefined ? {} : { signal }) });
  const entries = [...(results[0]?.entries ?? [])].sort((a, b) => a.createRevision - b.createRevision);
  return entries.map((entry) => {
    const id = textFromKey(entry.key.slice(keys.tokens.length));
    try {
      return { id, record: decodeTokenRecord(entry), problem: null };
    } catch (error) {
      return { id, record: null, problem: messageOf(error) };
    }
  });
}

/** Revokes a token by its id, or by itself where it has become known. Fails with NOT_FOUND where there is none. Answers the id. */
export async function revokeToken({ store, keys }: TokenPlace, idOrToken: string): Promise<string> {
  const id = isTokenText(idOrToken) ? idOfHash(hashOf(idOrToken)) : idOrToken;
  // Half a token is not to be repeated in a message.
  if (id.startsWith(tokenPrefix)) throw new GatewayError('NOT_FOUND', 'That looks like a token, but it is no whole one');
  const key = keys.token(keyFromText(id));
  const range = keyRange(key);
  const transaction: Transaction = { compares: [isThere(key, true)], writes: [{ type: 'delete', range }] };
  const { committed } = await commit(store, transaction, async (error) => {
    if ((await valueAt(store, key)) === null) return;
    throw unknownOutcome(`whether the token ${id} was revoked: try again`, error);
  });
  if (committed) return id;
  throw new GatewayError('NOT_FOUND', `There is no token ${id} under ${textFromKey(keys.prefix)}: see "token list"`);
}

function isThere(key: Key, expected: boolean): Compare {
  return { target: 'version', range: keyRange(key), is: expected ? '>' : '=', number: 0 };
}

async function valueAt(store: Store, key: Key): Promise<Buffer | null> {
  const { results } = await store.read({ ranges: [keyRange(key)] });
  return results[0]?.entries[0]?.value ?? null;
}

/** `settle` finds out what became of a commit whose answer was lost: it returns when it was done. */
async function commit(
  store: Store,
  transaction: Transaction,
  settle: (error: OutcomeUnknownError) => Promise<void>,
): Promise<Pick<CommitResult, 'committed'>> {
  try {
    return await store.commit(transaction);
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error;
    await settle(error);
    return { committed: true };
  }
}

function unknownOutcome(what: string, cause: OutcomeUnknownError): GatewayError {
  return new GatewayError('STORE_UNAVAILABLE', `The store did not tell ${what}`, { details: { outcome: 'UNKNOWN' }, cause });
}
