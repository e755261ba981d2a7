import type { IncomingMessage, Server } from 'node:http';
import { handleProtocols, makeServer } from 'graphql-ws';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { Authenticator } from '../auth/index.ts';
import type { Services } from '../context.ts';
import type { Connections } from './connections.ts';
import type { GraphqlServer } from './graphql-server.ts';
import type { Admission, RefusalLog, SocketMemory } from './limits/index.ts';
import type { PersistedLookups } from './persisted-operations/index.ts';
import type { ErrorReply } from './reply.ts';
import { requestIdOf } from './request-id.ts';
import type { HostRule } from './request-path.ts';
import { pieceLimits } from './websocket-arrival.ts';
import { serveConnection } from './websocket-connection.ts';
import { openOperations } from './websocket-operation.ts';
import { serveAsPlainRequest } from './websocket-other-upgrade.ts';
import { stopReadingAtFailure } from './websocket-reading.ts';
import { handshakeRefusal, openUpgradeCheck, refuseUpgrade } from './websocket-upgrade.ts';

export interface WebsocketLimits {
  /** A client that does not say `connection_init` within it is closed with 4408. */
  readonly initTimeoutMs: number;
  /** Between two pings. A client that says nothing at all for three of them is gone. */
  readonly pingIntervalMs: number;
  /** Messages of one client that are not answered, or whose answers it does not read. At one more it is cut. */
  readonly pendingMessages: number;
  /** For a client to answer the close of its socket, which is cut then. */
  readonly closeTimeoutMs: number;
  /** For mutations that have begun to be finished when their credential ends. Then the socket is closed, whatever becomes of them. */
  readonly finishTimeoutMs: number;
}

export const defaultWebsocketLimits: WebsocketLimits = {
  initTimeoutMs: 5_000,
  pingIntervalMs: 20_000,
  pendingMessages: 250,
  closeTimeoutMs: 2_000,
  finishTimeoutMs: 10_000,
};

export interface WebsocketOptions {
  readonly server: Server;
  readonly connections: Connections;
  readonly services: Services;
  readonly graphql: Pick<GraphqlServer, 'getEnveloped'>;
  readonly corsOrigins: readonly string[];
  readonly isHostAllowed: HostRule;
  readonly authenticator: Authenticator;
  readonly admission: Admission;
  readonly refusals: RefusalLog;
  readonly memory: SocketMemory;
  readonly messageLimitBytes: number;
  /** Operations under way on one socket. One more is refused with RATE_LIMITED. */
  readonly operationLimit: number;
  /** A client that takes nothing of what is sent for so long is cut. */
  readonly stallTimeoutMs: number;
  readonly isDraining: () => boolean;
  readonly persisted: PersistedLookups | null;
  readonly limits: Partial<WebsocketLimits>;
}

/** Operations over WebSocket, in the protocol graphql-transport-ws, on the path of HTTP's. */
export function serveWebsocket(options: WebsocketOptions): void {
  const { server, connections, services, graphql, corsOrigins, isHostAllowed, messageLimitBytes, isDraining, persisted } =
    options;
  const { authenticator, admission, refusals, memory, operationLimit, stallTimeoutMs } = options;
  const limits = { ...defaultWebsocketLimits, ...options.limits };
  const { log, newId, observer } = services;
  const upgradeRefusal = openUpgradeCheck({ corsOrigins, isHostAllowed });
  const limiting = { limits, memory, messageLimitBytes, stallTimeoutMs };
  const protocol = makeServer({
    connectionInitWaitTimeout: limits.initTimeoutMs,
    ...openOperations({ graphql, services, isDraining, persisted, admission, refusals, authenticator, operationLimit }),
  });
  // @types/ws does not know closeTimeout yet.
  const socketOptions: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageLimitBytes,
    ...pieceLimits(messageLimitBytes),
    closeTimeout: limits.closeTimeoutMs,
    handleProtocols: (offered) => handleProtocols(offered),
    // One message a turn: so the end of an operation that was given up comes before a new one under its id.
    allowSynchronousEvents: false,
    // See answerPings.
    autoPong: false,
  };
  const sockets = new WebSocketServer(socketOptions);
  /** Of those that are about to become a WebSocket, or not to. */
  const requestIds = new WeakMap<IncomingMessage, string>();

  function refuse(request: IncomingMessage, refusal: ErrorReply): void {
    const requestId = requestIds.get(request) ?? newId();
    const { status, code } = refusal;
    refusals.tell({ message: 'WebSocket refused', code, fields: { requestId, status, origin: request.headers.origin } });
    observer.operations.refused([code]);
    observer.server.answered(status);
    refuseUpgrade({ request, requestId, refusal });
  }

  sockets.on('headers', (headers, request) => headers.push(`x-request-id: ${requestIds.get(request)}`));
  sockets.on('wsClientError', (error, _socket, request) => refuse(request, handshakeRefusal(error)));

  function upgrade(request: IncomingMessage, head: Buffer) {
    const { socket, headers } = request;
    const isWebsocket = headers.upgrade?.toLowerCase() === 'websocket';
    // While the gateway drains no WebSocket begins, but a request on an idle connection is answered.
    const isFree = isWebsocket ? connections.isFree(socket) : connections.answersTo(socket)?.size === 0;
    // An answer on its way over it would end up between the frames of the other protocol.
    if (!isFree) return socket.destroy();
    if (!isWebsocket) return serveAsPlainRequest({ server, request, head });

    const requestId = requestIdOf(headers['x-request-id'], newId);
    requestIds.set(request, requestId);
    const refusal = upgradeRefusal(request);
    if (refusal !== null) return refuse(request, refusal);
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      stopReadingAtFailure(websocket);
      const connection = serveConnection({ ...limiting, websocket, socket, protocol, requestId, log });
      connections.handOver(socket, connection.leave);
      observer.server.socketOpened();
      websocket.once('close', () => observer.server.socketClosed());
    });
  }

  server.on('upgrade', (request, _socket, head) => {
    const { socket } = request;
    // Node leaves a socket without a listener here: a reset would end the process, and so would a failure of ours.
    socket.on('error', ({ message }) => log.debug({ reason: message }, 'connection failed'));
    try {
      upgrade(request, head);
    } catch (error) {
      log.error({ err: error }, 'unexpected error');
      socket.destroy();
    }
  });
}
