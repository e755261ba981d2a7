import { GatewayError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Authenticator, openToEverybody } from './authenticator.ts';
import { type JwtOptions, openJwtAuthenticator } from './jwt-authenticator.ts';
import { missingCredential } from './refusal.ts';
import { tokenPrefix } from './token.ts';
import { openTokenAuthenticator, type TokenAuthenticatorOptions } from './token-authenticator.ts';

/** What shows who somebody is. */
export interface Access {
  /** Empty: everybody may do everything. */
  readonly credentials: readonly ('token' | 'jwt')[];
  /** Null where none is taken. */
  readonly jwt: JwtOptions | null;
}

/** Whoever is asked, by the look of the credential. Fails with a message for the operator where the keys of JWTs can't be read. */
export function openAuthenticator({ credentials, jwt }: Access, options: TokenAuthenticatorOptions): Authenticator {
  const jwts = jwt === null ? null : openJwtAuthenticator(jwt, options);
  const tokens = credentials.includes('token') ? openTokenAuthenticator(options) : null;
  const only = tokens === null || jwts === null ? (tokens ?? jwts ?? openToEverybody) : eitherOf(tokens, jwts);
  return only.isOpen ? only : explained(only, options.log);
}

function eitherOf(tokens: Authenticator, jwts: Authenticator): Authenticator {
  const byLook = (credential: string) => (credential.startsWith(tokenPrefix) ? tokens : jwts);
  return {
    isOpen: false,
    authenticate(credential) {
      if (credential === null) throw missingCredential();
      return byLook(credential).authenticate(credential);
    },
    asksNobody: (credential) => byLook(credential).asksNobody(credential),
    onEnd: (viewer, listener) => (viewer.id.startsWith('token:') ? tokens : jwts).onEnd(viewer, listener),
    async close() {
      await tokens.close();
      await jwts.close();
    },
  };
}

/** The log says why a credential was refused; who sent it is not told. */
function explained(authenticator: Authenticator, log: Logger): Authenticator {
  const explain = (error: unknown): never => {
    if (error instanceof GatewayError && error.cause !== undefined) {
      log.debug({ reason: messageOf(error.cause) }, 'a credential was refused');
    }
    throw error;
  };
  return {
    ...authenticator,
    authenticate(credential) {
      try {
        const viewer = authenticator.authenticate(credential);
        return viewer instanceof Promise ? viewer.catch(explain) : viewer;
      } catch (error) {
        return explain(error);
      }
    },
  };
}
