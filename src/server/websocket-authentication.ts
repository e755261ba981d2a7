import { CloseCode, type ServerOptions } from 'graphql-ws';
import { type Authenticator, bearerCredential, type Viewer } from '../auth/index.ts';
import type { Services } from '../context.ts';
import { type ErrorCode, GatewayError } from '../errors.ts';
import { viewerOf } from './authentication.ts';
import type { Admission, RefusalLog } from './limits/index.ts';
import type { ConnectionContext, ConnectionParameters } from './websocket-connection.ts';

export interface SocketAuthenticationOptions {
  readonly authenticator: Authenticator;
  readonly admission: Admission;
  readonly refusals: RefusalLog;
  readonly services: Pick<Services, 'observer'>;
}

type OnConnect = NonNullable<ServerOptions<ConnectionParameters, ConnectionContext>['onConnect']>;

/** Clients come again after this close code, later and later. */
const tryAgainLater = 1013;

interface SocketRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** What only the log is told. */
  readonly cause?: unknown;
}

/**
 * Lets a socket in by the credential of its `connection_init`. Refused, it is closed with 4401, which clients take for final: the same
 * credential would be refused again. One whose credential ends is closed with 4403, after which clients connect again and ask for a new one.
 */
export function openSocketAuthentication({
  authenticator,
  admission,
  refusals,
  services,
}: SocketAuthenticationOptions): OnConnect {
  function refuse({ requestId, close }: ConnectionContext, { code, message, cause }: SocketRefusal): false {
    services.observer.operations.refused([code]);
    const reason = cause instanceof Error ? { reason: cause.message } : {};
    refusals.tell({ message: 'caller refused', code, fields: { requestId, code, ...reason } });
    close(code === 'UNAUTHENTICATED' ? CloseCode.Unauthorized : tryAgainLater, message);
    return false;
  }

  return async ({ connectionParams, extra: connection }) => {
    const { address } = connection;
    let viewer: Viewer;
    try {
      const credential = authenticator.isOpen ? null : credentialIn(connectionParams);
      viewer = await viewerOf({ credential, authenticator, guesses: admission.guesses, address });
    } catch (error) {
      if (error instanceof GatewayError) return refuse(connection, error);
      throw error;
    }
    if (!connection.isOpen()) return false;
    const leave = admission.openSocket({ viewer, address });
    if (typeof leave !== 'function') return refuse(connection, { code: leave.extensions.code, message: leave.message });
    connection.onceClosed(leave);
    connection.viewer = viewer;
    connection.onceClosed(authenticator.onEnd(viewer, connection.endCredential));
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
