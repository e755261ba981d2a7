import type { Socket } from 'node:net';
import { CloseCode, MessageType, type Server, stringifyMessage } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Viewer } from '../auth/index.ts';
import type { Logger } from '../log.ts';
import { closeReason } from './close-reason.ts';
import type { Admission, SocketMemory } from './limits/index.ts';
import { isServerMessage } from './server-message.ts';
import { isTooDeep } from './variable-depth.ts';
import type { WebsocketLimits } from './websocket.ts';
import { keepAlive } from './websocket-keep-alive.ts';
import { answerPings } from './websocket-ping.ts';

/** Messages that are not answered may be so long together as so many of the longest. */
const pendingMessagesOfFullLength = 4;

/** The payload of `connection_init`. */
export type ConnectionParameters = Record<string, unknown> | undefined;

/** What the protocol's hooks know of the socket that an operation came by. */
export interface ConnectionContext {
  /** The request that became the socket. */
  readonly requestId: string;
  readonly operations: Set<RunningOperation>;
  /** Of its other side. */
  readonly address: string | undefined;
  /** Who it is; null before `admit`. */
  readonly viewer: Viewer | null;
  readonly isOpen: () => boolean;
  /** Counts the socket as one of the viewer's, and closes it where he has as many as he may; then it says false. */
  admit(viewer: Viewer): boolean;
  /** Gives up all that is under way, and closes the socket. */
  readonly end: (code: number, reason: string) => void;
  readonly onceClosed: (listener: () => void) => void;
}

export interface RunningOperation {
  /** False once the client said that it wants no answer. */
  readonly isWanted: () => boolean;
  abort(): void;
}

export interface ConnectionOptions {
  readonly websocket: WebSocket;
  readonly socket: Socket;
  readonly protocol: Server<ConnectionContext>;
  readonly requestId: string;
  readonly log: Logger;
  readonly limits: WebsocketLimits;
  readonly admission: Admission;
  readonly memory: SocketMemory;
  readonly messageLimitBytes: number;
  readonly stallTimeoutMs: number;
}

export interface Connection {
  /** Closes with 1001 as soon as nothing is under way. */
  leave(): void;
}

/**
 * Joins a WebSocket to graphql-ws. It is not joined by the library's own `useServer`, which writes what clients do wrong to the
 * console, has no place to hear of a `complete`, and does not know when a socket has nothing under way.
 */
export function serveConnection({ websocket, socket, protocol, limits, ...options }: ConnectionOptions): Connection {
  const { admission, memory, messageLimitBytes, stallTimeoutMs } = options;
  const held = memory.of(socket) ?? { readBefore: 0, pending: 0 };
  const { remoteAddress: address } = socket;
  const log = options.log.child({ requestId: options.requestId });
  const openedAt = performance.now();
  const operations = new Set<RunningOperation>();
  let viewer: Viewer | null = null;
  let pendingMessages = 0;
  let isLeaving = false;

  function admit(asking: Viewer): boolean {
    const leave = admission.openSocket({ viewer: asking, address });
    if (typeof leave === 'function') {
      viewer = asking;
      websocket.once('close', leave);
      return true;
    }
    // Clients come again after it, later and later.
    websocket.close(1013, leave.message);
    return false;
  }

  function abortAll(): void {
    for (const operation of operations) operation.abort();
  }

  function closeWhenIdle(): void {
    if (isLeaving && pendingMessages === 0) websocket.close(1001, 'Going away');
  }

  function fail(error: unknown): void {
    log.warn({ err: error }, 'WebSocket message failed');
    websocket.close(CloseCode.InternalServerError, 'Unexpected error');
  }

  function refuseMessage(): void {
    websocket.close(CloseCode.BadRequest, 'Invalid message received');
  }

  /** A message is pending until all that answers it is sent: for an operation, its whole life. */
  async function receive(message: string, handle: (message: string) => Promise<void>): Promise<void> {
    // What comes behind our own close must not begin: its answer could not be sent.
    if (websocket.readyState !== websocket.OPEN) return;
    held.readBefore = socket.bytesRead;
    const isTooMuch = held.pending > pendingMessagesOfFullLength * messageLimitBytes;
    if (pendingMessages >= limits.pendingMessages || isTooMuch) return websocket.terminate();
    pendingMessages++;
    held.pending += message.length;
    try {
      const handled = handle(message);
      // graphql-ws has dealt with a `complete` when it returns, but has no hook that tells of one.
      for (const operation of operations) if (!operation.isWanted()) operation.abort();
      await handled;
    } catch (error) {
      if (isServerMessage(message)) refuseMessage();
      else fail(error);
    } finally {
      pendingMessages--;
      held.pending -= message.length;
      closeWhenIdle();
    }
  }

  /** Resolves when it is with the operating system, or nobody is left to read it. */
  function send(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (websocket.readyState === websocket.OPEN) websocket.send(text, () => resolve());
      else resolve();
    });
  }

  const closed = protocol.opened(
    {
      protocol: websocket.protocol,
      close: (code, reason) => websocket.close(code, closeReason(reason)),
      send,
      async onPing(payload) {
        // graphql-ws would print it, and fail.
        if (isTooDeep(payload)) return refuseMessage();
        await send(stringifyMessage({ type: MessageType.Pong, ...(payload === undefined ? {} : { payload }) }));
      },
      onMessage(handle) {
        websocket.on('message', (message) => {
          receive(message.toString(), handle).catch(fail);
        });
      },
    },
    {
      requestId: options.requestId,
      operations,
      address,
      get viewer() {
        return viewer;
      },
      isOpen: () => websocket.readyState === websocket.OPEN,
      admit,
      end(code, reason) {
        websocket.close(code, closeReason(reason));
        abortAll();
      },
      onceClosed: (listener) => websocket.once('close', listener),
    },
  );
  // Too long a message, no UTF-8, no frame: `ws` closes with the code for it.
  websocket.on('error', ({ message }) => log.debug({ reason: message }, 'WebSocket failed'));
  websocket.once('close', (code, reason) => {
    abortAll();
    closed(code, reason.toString()).catch(fail);
    log.debug({ code, durationMs: performance.now() - openedAt }, 'WebSocket closed');
  });
  keepAlive(websocket, socket, limits.pingIntervalMs);
  answerPings(websocket);
  socket.setTimeout(stallTimeoutMs, () => {
    if (socket.writableLength > 0) websocket.terminate();
  });

  return {
    leave() {
      isLeaving = true;
      closeWhenIdle();
    },
  };
}
