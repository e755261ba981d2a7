import type { Socket } from 'node:net';
import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Logger } from '../log.ts';
import type { WebsocketLimits } from './websocket.ts';
import { keepAlive } from './websocket-keep-alive.ts';

/** The payload of `connection_init`. */
export type ConnectionParameters = Record<string, unknown> | undefined;

/** What the protocol's hooks know of the socket that an operation came by. */
export interface ConnectionContext {
  /** The request that became the socket. */
  readonly requestId: string;
  readonly operations: Set<RunningOperation>;
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
  const log = options.log.child({ requestId: options.requestId });
  const openedAt = performance.now();
  const operations = new Set<RunningOperation>();
  let pendingMessages = 0;
  let isLeaving = false;

  function closeWhenIdle(): void {
    if (isLeaving && pendingMessages === 0) websocket.close(1001, 'Going away');
  }

  function fail(error: unknown): void {
    log.warn({ err: error }, 'WebSocket message failed');
    websocket.close(CloseCode.InternalServerError, 'Unexpected error');
  }

  /** A message is pending until all that answers it is sent: for an operation, its whole life. */
  async function receive(message: string, handle: (message: string) => Promise<void>): Promise<void> {
    // What comes behind our own close must not begin: its answer could not be sent.
    if (websocket.readyState !== websocket.OPEN) return;
    if (pendingMessages >= limits.pendingMessages) return websocket.terminate();
    pendingMessages++;
    try {
      const handled = handle(message);
      // graphql-ws has dealt with a `complete` when it returns, but has no hook that tells of one.
      for (const operation of operations) if (!operation.isWanted()) operation.abort();
      await handled;
    } catch (error) {
      fail(error);
    } finally {
      pendingMessages--;
      closeWhenIdle();
    }
  }

  const closed = protocol.opened(
    {
      protocol: websocket.protocol,
      close: (code, reason) => websocket.close(code, reason),
      // Resolves when it is with the operating system, or nobody is left to read it.
      send: (text) =>
        new Promise((resolve) => {
          if (websocket.readyState === websocket.OPEN) websocket.send(text, () => resolve());
          else resolve();
        }),
      onMessage(handle) {
        websocket.on('message', (message) => {
          receive(message.toString(), handle).catch(fail);
        });
      },
    },
    { requestId: options.requestId, operations },
  );
  // Too long a message, no UTF-8, no frame: `ws` closes with the code for it.
  websocket.on('error', (error) => log.debug({ err: error }, 'WebSocket failed'));
  websocket.once('close', (code, reason) => {
    for (const operation of operations) operation.abort();
    closed(code, reason.toString()).catch(fail);
    log.debug({ code, durationMs: performance.now() - openedAt }, 'WebSocket closed');
  });
  keepAlive(websocket, socket, limits.pingIntervalMs);

  return {
    leave() {
      isLeaving = true;
      closeWhenIdle();
    },
  };
}
