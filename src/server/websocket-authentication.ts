import { CloseCode, type ServerOptions } from 'graphql-ws';
import { type Authenticator, bearerCredential, type Viewer } from '../auth/index.ts';
import { GatewayError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { endTexts, viewerOf } from './authentication.ts';
import type { GuessLimit } from './limits/index.ts';
import type { ConnectionContext, ConnectionParameters } from './websocket-connection.ts';

export interface SocketAuthenticationOptions {
  readonly authenticator: Authenticator;
  readonly guesses: GuessLimit;
  readonly log: Logger;
}

type OnConnect = NonNullable<ServerOptions<ConnectionParameters, ConnectionContext>['onConnect']>;

/** Clients come again after this close code, later and later. */
const tryAgainLater = 1013;

/**
 * Lets a socket in by the credential of its `connection_init`. Refused, it is closed with 4401, which clients take for final: the same
 * credential would be refused again. One whose credential ends is closed with 4403, after which clients connect again and ask for a new one.
 */
export function openSocketAuthentication({ authenticator, guesses, log }: SocketAuthenticationOptions): OnConnect {
  function refuse({ requestId, end }: ConnectionContext, error: unknown): false {
    if (!(error instanceof GatewayError)) throw error;
    const { code, message, cause } = error;
    log.info({ requestId, code, ...(cause instanceof Error ? { reason: cause.message } : {}) }, 'caller refused');
    end(code === 'UNAUTHENTICATED' ? CloseCode.Unauthorized : tryAgainLater, message);
    return false;
  }

  return async ({ connectionParams, extra: connection }) => {
    let viewer: Viewer;
    try {
      viewer = await viewerOf(authenticator, authenticator.isOpen ? null : credentialIn(connectionParams), {
        guesses,
        address: connection.address,
      });
    } catch (error) {
      return refuse(connection, error);
    }
    if (!connection.isOpen() || !connection.admit(viewer)) return false;
    connection.onceClosed(authenticator.onEnd(viewer, (end) => connection.end(CloseCode.Forbidden, endTexts[end])));
    return true;
  };
}

/** `{ Authorization: 'Bearer <token>' }`, the name in any case, as that of the header. Null: there is none. */
function credentialIn(parameters: ConnectionParameters = {}): string | null {
  const given = Object.entries(parameters).filter(([name]) => name.toLowerCase() === 'authorization');
  // What is no text is none of a credential, whatever it would say of itself.
  const texts = given.map(([, value]) => (typeof value === 'string' ? value : ''));
  return given.length === 0 ? null : bearerCredential(texts.join(', '));
}
