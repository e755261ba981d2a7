import type { Socket } from 'node:net';
import { CloseCode, MessageType, type Server, stringifyMessage } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { CredentialEnd, Viewer } from '../auth/index.ts';
import type { GatewayError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { closeReason } from './close-reason.ts';
import type { SocketMemory } from './limits/index.ts';
import { isServerMessage } from './server-message.ts';
import { isTooDeep } from './variable-depth.ts';
import type { WebsocketLimits } from './websocket.ts';
import { watchArrival } from './websocket-arrival.ts';
import { type Ending, openEnding, type RunningOperation } from './websocket-ending.ts';
import { openInbox } from './websocket-inbox.ts';
import { keepAlive } from './websocket-keep-alive.ts';
import { answerPings, openPingLimit } from './websocket-ping.ts';

/** The payload of `connection_init`. */
export type ConnectionParameters = Record<string, unknown> | undefined;

/** What the protocol's hooks know of the socket that an operation came by. */
export interface ConnectionContext {
  /** The request that became the socket. */
  readonly requestId: string;
  readonly operations: Set<RunningOperation>;
  /** Of its other side. */
  readonly address: string | undefined;
  /** Who it is; null before it was let in. */
  viewer: Viewer | null;
  /** See Inbox. */
  readonly takeId: (id: string) => boolean;
  /** Since it is there, nothing new is begun. Null: the credential is good. */
  readonly credentialEnd: GatewayError | null;
  readonly isOpen: () => boolean;
  readonly close: (code: number, reason: string) => void;
  /** See Ending. */
  readonly endCredential: (end: CredentialEnd) => void;
  readonly onceClosed: (listener: () => void) => void;
}

export interface ConnectionOptions {
  readonly websocket: WebSocket;
  readonly socket: Socket;
  readonly protocol: Server<ConnectionContext>;
  readonly requestId: string;
  readonly log: Logger;
  readonly limits: WebsocketLimits;
  readonly memory: SocketMemory;
  readonly messageLimitBytes: number;
  readonly stallTimeoutMs: number;
}

/**
 * Joins a WebSocket to graphql-ws. It is not joined by the library's own `useServer`, which writes what clients do wrong to the
 * console, has no place to hear of a `complete`, and does not know when a socket has nothing under way.
 */
export function serveConnection({ websocket, socket, protocol, limits, ...options }: ConnectionOptions): Pick<Ending, 'leave'> {
  const { requestId, memory, messageLimitBytes, stallTimeoutMs } = options;
  const log = options.log.child({ requestId });
  const openedAt = performance.now();
  const operations = new Set<RunningOperation>();
  const isTooManyPings = openPingLimit(() => performance.now());

  function close(code: number, reason?: string): void {
    websocket.close(code, closeReason(reason));
  }

  function fail(error: unknown): void {
    log.warn({ err: error }, 'WebSocket message failed');
    close(CloseCode.InternalServerError, 'Unexpected error');
  }

  function refuseMessage(): void {
    close(CloseCode.BadRequest, 'Invalid message received');
  }

  /** Resolves when it is with the operating system, or nobody is left to read it. */
  function send(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (websocket.readyState === websocket.OPEN) websocket.send(text, () => resolve());
      else resolve();
    });
  }

  async function answerPing(payload?: Record<string, unknown>): Promise<void> {
    if (isTooManyPings()) return websocket.terminate();
    // graphql-ws would print it, and fail.
    if (isTooDeep(payload)) return refuseMessage();
    await send(stringifyMessage({ type: MessageType.Pong, ...(payload === undefined ? {} : { payload }) }));
  }

  /** What the client did wrong closes the socket. */
  async function handled(handling: Promise<void>, message: string): Promise<void> {
    // graphql-ws has dealt with a `complete` when it returns, but has no hook that tells of one.
    for (const operation of operations) if (!operation.isWanted()) operation.giveUp();
    try {
      await handling;
    } catch (error) {
      if (isServerMessage(message)) refuseMessage();
      else fail(error);
    }
  }

  const held = memory.of(socket) ?? { readBefore: 0, pieces: 0, pending: 0 };
  const inbox = openInbox({
    ...{ websocket, held, messageLimitBytes, messageLimit: limits.pendingMessages },
    onAnswered: () => ending.closeIfIdle(),
  });
  const ending = openEnding({ websocket, operations, isIdle: inbox.isEmpty, finishTimeoutMs: limits.finishTimeoutMs });
  const closed = protocol.opened(
    {
      protocol: websocket.protocol,
      close,
      send,
      onPing: answerPing,
      onMessage(handle) {
        websocket.on('message', (data) => {
          inbox.receive(data.toString(), (message) => handled(handle(message), message)).catch(fail);
        });
      },
    },
    {
      requestId,
      operations,
      address: socket.remoteAddress,
      viewer: null,
      takeId: inbox.takeId,
      get credentialEnd() {
        return ending.credentialEnd;
      },
      isOpen: () => websocket.readyState === websocket.OPEN,
      close,
      endCredential: ending.endCredential,
      onceClosed: (listener) => websocket.once('close', listener),
    },
  );
  // Too long a message, no UTF-8, no frame: `ws` closes with the code for it.
  websocket.on('error', ({ message }) => log.debug({ reason: message }, 'WebSocket failed'));
  websocket.once('close', (code, reason) => {
    closed(code, reason.toString()).catch(fail);
    log.debug({ code, durationMs: performance.now() - openedAt }, 'WebSocket closed');
  });
  watchArrival({
    ...{ websocket, socket, held, timeoutMs: stallTimeoutMs },
    onLate() {
      log.debug({ reason: 'A message did not arrive in time' }, 'WebSocket failed');
      websocket.terminate();
    },
  });
  keepAlive(websocket, socket, limits.pingIntervalMs);
  answerPings(websocket, isTooManyPings);
  socket.setTimeout(stallTimeoutMs, () => {
    if (socket.writableLength > 0) websocket.terminate();
  });
  return ending;
}
