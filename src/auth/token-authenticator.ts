import { hasErrorCode, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { FollowedRange } from '../store/follow.ts';
import type { Keys } from '../store/keys.ts';
import { prefixRange } from '../store/range.ts';
import type { Store } from '../store/store.ts';
import type { Authenticator } from './authenticator.ts';
import { isOver, onceReached } from './expiry.ts';
import { missingCredential, refusedCredential } from './refusal.ts';
import { hashOf, idOfHash, isTokenText } from './token.ts';
import { type KnownToken, TokenBook } from './token-book.ts';
import { TokenLookup } from './token-lookup.ts';
import type { Viewer } from './viewer.ts';

export interface TokenAuthenticatorOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly log: Logger;
  readonly now: () => Date;
}

/** How often all tokens are read, beside the watch: a revocation that the watch does not tell of is seen then. */
export const compareEveryMs = 30_000;

/**
 * API tokens, as the store has them. A known token is found in memory; an unknown one is looked for in the store. While the store is
 * away known tokens go on: what they ask for needs the store itself, and is refused by it.
 */
export function openTokenAuthenticator({ store, keys, log, now }: TokenAuthenticatorOptions): Authenticator {
  const closing = new AbortController();
  const { signal } = closing;
  const range = prefixRange(keys.tokens);
  const book = new TokenBook({ folder: keys.tokens, log });
  const lookup = new TokenLookup({ store, keyOf: keys.token, signal });
  const followed = new FollowedRange({ store, range, log, follower: book });
  const comparing = setInterval(() => void compare(), compareEveryMs);
  comparing.unref();

  async function compare(): Promise<void> {
    try {
      const { results, revision } = await store.read({ ranges: [range], signal });
      book.compare(results[0]?.entries ?? [], revision);
    } catch (error) {
      if (signal.aborted || hasErrorCode(error, 'STORE_UNAVAILABLE')) return;
      log.error({ reason: messageOf(error) }, 'the tokens could not be read');
    }
  }

  function viewerOf(token: KnownToken | undefined, hash: string): Viewer {
    if (token?.hash !== hash) throw refusedCredential('There is no such token');
    if (isOver(token.viewer, now())) throw refusedCredential('The token has expired');
    return token.viewer;
  }

  return {
    isOpen: false,
    authenticate(credential) {
      if (credential === null) throw missingCredential();
      if (!isTokenText(credential)) throw refusedCredential('It is no API token');
      const hash = hashOf(credential);
      const id = idOfHash(hash);
      const known = book.get(id);
      if (known !== undefined) return viewerOf(known, hash);
      return lookup.find(id).then((entry) => {
        if (entry !== null) book.learn(entry);
        return viewerOf(book.get(id), hash);
      });
    },
    asksNobody: (credential) => !isTokenText(credential) || book.get(idOfHash(hashOf(credential))) !== undefined,
    onEnd(viewer, listener) {
      const stops: (() => void)[] = [];
      const stop = (): void => {
        for (const one of stops.splice(0)) one();
      };
      const end = (why: 'EXPIRED' | 'REVOKED') => (): void => {
        stop();
        listener(why);
      };
      // Revoked between `authenticate` and now: told a moment later, so that the caller has what stops it.
      const whenRevoked = book.onRevoked(viewer, end('REVOKED')) ?? onceReached({ moment: now(), now }, end('REVOKED'));
      stops.push(whenRevoked);
      if (viewer.expiresAt !== null) stops.push(onceReached({ moment: viewer.expiresAt, now }, end('EXPIRED')));
      return stop;
    },
    async close() {
      clearInterval(comparing);
      closing.abort();
      await followed.close();
    },
  };
}
