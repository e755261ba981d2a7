import type { IncomingMessage } from 'node:http';
import { type Authenticator, bearerCredential, type CredentialEnd, everybody, type Viewer } from '../auth/index.ts';
import { GatewayError, hasErrorCode } from '../errors.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import type { GuessLimit } from './limits/index.ts';

/** Whose a request is: at once where its credential is known. Fails with UNAUTHENTICATED, or as the authenticator does. */
export type Authenticate = (request: Pick<IncomingMessage, 'headersDistinct' | 'socket'>) => MaybePromise<Viewer>;

/** By the one header `Authorization`. Where everybody is let in, it is not looked at. */
export function openAuthentication(authenticator: Authenticator, guesses: GuessLimit): Authenticate {
  if (authenticator.isOpen) return () => everybody;
  // Node's own `headers` have the first one of several.
  return ({ headersDistinct: { authorization }, socket: { remoteAddress: address } }) =>
    viewerOf({ authenticator, credential: bearerCredential(authorization?.join(', ')), guesses, address });
}

export interface ShownCredential {
  /** Null: none was shown. */
  readonly credential: string | null;
  readonly authenticator: Authenticator;
  readonly guesses: GuessLimit;
  /** Of whoever shows it. */
  readonly address: string | undefined;
}

/**
 * Asks the authenticator, or fails with RATE_LIMITED where too many wrong credentials came from that address. What fails in it in a way that
 * nobody thought of goes to the log: without any text that it may quote.
 */
export function viewerOf({ credential, authenticator, guesses, address }: ShownCredential): MaybePromise<Viewer> {
  function unknown(error: unknown): never {
    if (credential !== null && hasErrorCode(error, 'UNAUTHENTICATED')) guesses.countFailure(address);
    return failQuietly(error);
  }
  if (credential !== null) guesses.requireFew(address, () => authenticator.asksNobody(credential));
  try {
    const viewer = authenticator.authenticate(credential);
    return viewer instanceof Promise ? viewer.catch(unknown) : viewer;
  } catch (error) {
    return unknown(error);
  }
}

function failQuietly(error: unknown): never {
  if (error instanceof GatewayError) throw error;
  const { name, stack = '' } = error instanceof Error ? error : new Error();
  const quiet = new Error(`A credential could not be checked (${name})`);
  const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  quiet.stack = [`Error: ${quiet.message}`, ...frames].join('\n');
  throw quiet;
}

export const endTexts: Readonly<Record<CredentialEnd, string>> = {
  EXPIRED: 'The credential has expired',
  REVOKED: 'The credential was revoked',
};

/** What a client is told whose credential ends while it is served: the reason with which the signal of its operation aborts. */
export function credentialEnded(end: CredentialEnd): GatewayError {
  return new GatewayError('UNAUTHENTICATED', `${endTexts[end]}: go on with another one`);
}

/** Null: the signal did not abort, or because its client went away. */
export function credentialEndOf({ reason }: AbortSignal): GatewayError | null {
  return hasErrorCode(reason, 'UNAUTHENTICATED') ? reason : null;
}

/** In answers of status 401 (RFC 6750). */
export const bearerChallenge = { 'www-authenticate': 'Bearer' } as const;
