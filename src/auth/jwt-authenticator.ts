import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { GatewayError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Authenticator } from './authenticator.ts';
import { longestCredential } from './bearer.ts';
import { onceReached } from './expiry.ts';
import { keysOfText } from './jwt-key.ts';
import { type ClaimOptions, viewerOfClaims } from './jwt-viewer.ts';
import { openKeyServer } from './key-server.ts';
import { missingCredential, refusedCredential } from './refusal.ts';
import { hashOf } from './token.ts';
import { VerifiedCache } from './verified-cache.ts';
import type { Viewer } from './viewer.ts';

export interface JwtOptions extends ClaimOptions {
  readonly audience: string;
  /** Where the keys are: at an address, or the text of a file (PEM, JWK or JWKS). */
  readonly keys: { readonly jwksUrl: string } | { readonly text: string };
}

/** Signatures whose maker alone has the secret. With a shared secret, whoever can check a token could make one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
/** How far the clock of whoever made a token may be from ours. */
export const clockToleranceSeconds = 5;

const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** JWTs of one issuer. Fails with a message for the operator where the text of the keys is none. */
export function openJwtAuthenticator(options: JwtOptions, { log, now }: { log: Logger; now: () => Date }): Authenticator {
  const { issuer, audience, keys } = options;
  const keyOf = 'text' in keys ? keysOfText(keys.text) : openKeyServer({ url: keys.jwksUrl, log, now });
  const verified = new VerifiedCache(now);
  const underWay = new Map<string, Promise<Viewer>>();

  async function verify(credential: string, hash: string): Promise<Viewer> {
    try {
      // Before any key is looked for: what names another issuer is not worth a request to the key server.
      const { iss } = decodeJwt(credential);
      const { alg = '' } = decodeProtectedHeader(credential);
      if (iss !== issuer || !algorithms.includes(alg)) throw refusedCredential('It is not of this issuer, or signed otherwise');
      const { payload } = await jwtVerify(credential, keyOf, {
        ...{ issuer, audience, algorithms, requiredClaims: ['exp', 'sub'] },
        ...{ clockTolerance: clockToleranceSeconds, currentDate: now() },
      });
      const viewer = viewerOfClaims({ claims: payload, expiresAt: endOf(payload.exp) }, options);
      verified.add(hash, viewer);
      return viewer;
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      // The messages of jose name claims and algorithms, never their values.
      if (error instanceof errors.JOSEError) throw refusedCredential(error.message);
      // Such as a key that does not fit the algorithm that the token names.
      log.debug({ reason: messageOf(error) }, 'a JWT could not be checked');
      throw refusedCredential(messageOf(error));
    }
  }

  function authenticate(credential: string | null): Promise<Viewer> | Viewer {
    if (credential === null) throw missingCredential();
    if (credential.length > longestCredential || !compact.test(credential)) throw refusedCredential('It is no JWT');
    const hash = hashOf(credential);
    const known = verified.get(hash) ?? underWay.get(hash);
    if (known !== undefined) return known;
    const verifying = verify(credential, hash).finally(() => underWay.delete(hash));
    underWay.set(hash, verifying);
    return verifying;
  }

  return {
    isOpen: false,
    authenticate,
    // A signature is checked here, and the keys are fetched every ten seconds at most.
    asksNobody: () => true,
    onEnd({ expiresAt }, listener) {
      return expiresAt === null ? () => undefined : onceReached({ moment: expiresAt, now }, () => listener('EXPIRED'));
    },
    close: () => undefined,
  };
}

/** When it is refused: as jose does, behind the tolerance, so that who has just been let in is not sent away at once. */
function endOf(exp: number | undefined): Date {
  const end = new Date(((exp ?? 0) + clockToleranceSeconds) * 1000);
  if (Number.isNaN(end.getTime())) throw refusedCredential('Its exp is no time');
  return end;
}
