import { createLocalJWKSet, createRemoteJWKSet, errors, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import { GatewayError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { KeyFinder } from './jwt-key.ts';

export interface KeyServerOptions {
  readonly url: string;
  readonly log: Logger;
  readonly now: () => Date;
}

/** For the key server to answer in. */
const timeoutMs = 5000;
/** After so long the keys are fetched again before one of them is used. Where that fails, they go on. */
export const refreshMs = 600_000;
/** Between two attempts: a JWT that names a key that is not known is not worth more. */
export const cooldownMs = 10_000;
/** The same as long as there are no keys at all. */
const firstCooldownMs = 1000;

/**
 * The keys at an address. They are fetched when the first JWT comes, again every ten minutes, and when a JWT names another one. Where
 * the server is away those go on that are known; where none is, nobody can be known: STORE_UNAVAILABLE.
 */
export function openKeyServer({ url, log, now }: KeyServerOptions): KeyFinder {
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: timeoutMs, cacheMaxAge: Number.POSITIVE_INFINITY });
  let known: ReturnType<typeof createLocalJWKSet> | null = null;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let failure: unknown = null;
  let loading: Promise<void> | null = null;

  function load(): Promise<void> {
    loading ??= fetchKeys().finally(() => {
      loading = null;
    });
    return loading;
  }

  async function fetchKeys(): Promise<void> {
    triedAtMs = now().getTime();
    try {
      await remote.reload();
      known = createLocalJWKSet(remote.jwks() ?? { keys: [] });
      failure = null;
    } catch (error) {
      failure = error;
      log.warn({ reason: messageOf(error) }, 'the keys of JWTs could not be fetched');
    }
  }

  /** The one that is known; null: another one is asked for. */
  async function find(header: JWSHeaderParameters, token: FlattenedJWSInput) {
    try {
      return (await known?.(header, token)) ?? null;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return null;
      throw error;
    }
  }

  /** A clock that was set back must not hold it off for ever. */
  const sinceTryMs = (): number => Math.abs(now().getTime() - triedAtMs);

  return async (header, token) => {
    if (known !== null && sinceTryMs() >= refreshMs) await load();
    const key = await find(header, token);
    if (key !== null) return key;
    if (loading !== null || sinceTryMs() >= (known === null ? firstCooldownMs : cooldownMs)) await load();
    const fetched = await find(header, token);
    if (fetched !== null) return fetched;
    if (failure === null) throw new errors.JWKSNoMatchingKey();
    throw new GatewayError('STORE_UNAVAILABLE', 'The server that has the keys of JWTs can not be reached', { cause: failure });
  };
}
