import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../../log.ts';
import { CountedRequest } from './counted-request.ts';

/** What lies in this process for all connections together: answers that were not taken yet, and requests that were not answered. */
export const defaultSocketMemoryBytes = 256 * 1024 * 1024;

const checkEveryMs = 500;

/** What a Buffer costs beside its bytes, as measured with a million of one byte: a client chooses in how many pieces it sends something. */
const pieceBytes = 300;

/** What one connection holds besides what its socket knows of. */
export interface HeldBytes {
  /** Bytes that were read from the socket when the last message was complete: what came since is a part of the next one. */
  readBefore: number;
  /** Buffers that this part lies in. */
  pieces: number;
  /** Messages that are complete, and not answered. */
  pending: number;
}

interface Account extends HeldBytes {
  /** Those that are not answered. */
  readonly requests: Set<CountedRequest>;
}

export interface SocketMemory {
  /** The account of a connection that another protocol has now; undefined: it is closed. */
  of(socket: Socket): HeldBytes | undefined;
  close(): void;
}

export interface SocketMemoryOptions {
  readonly server: Server;
  readonly connectionEvent: 'connection' | 'secureConnection';
  readonly log: Logger;
  readonly limitBytes?: number;
}

/**
 * Bounds what all clients together can have lie in memory, however many they are. One client alone is bounded by the sizes of its requests
 * and of its answers, but ten thousand of them that send without end, or never read, are not. Whoever has the most is cut first.
 */
export function watchSocketMemory(options: SocketMemoryOptions): SocketMemory {
  const { server, connectionEvent, log, limitBytes = defaultSocketMemoryBytes } = options;
  const held = new Map<Socket, Account>();

  server.on(connectionEvent, (socket: Socket) => {
    if (held.has(socket)) return;
    held.set(socket, { readBefore: socket.bytesRead, pieces: 0, pending: 0, requests: new Set() });
    socket.once('close', () => held.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const account = held.get(socket);
    if (account === undefined) return;
    response.once('close', () => {
      account.readBefore = socket.bytesRead;
    });
    if (!(request instanceof CountedRequest)) return;
    account.requests.add(request);
    response.once('close', () => account.requests.delete(request));
  });

  function check(): void {
    let total = 0;
    for (const [socket, account] of held) total += bytesOf(socket, account);
    if (total <= limitBytes) return;
    const greediest = [...held]
      .map(([socket, account]) => ({ socket, bytes: bytesOf(socket, account) }))
      .sort((a, b) => b.bytes - a.bytes);
    let cut = 0;
    for (const { socket, bytes } of greediest) {
      if (total <= limitBytes) break;
      total -= bytes;
      cut++;
      socket.destroy();
    }
    log.warn({ cut, limitBytes }, 'connections cut: their clients do not read, or send too much at once');
  }
  const timer = setInterval(check, checkEveryMs).unref();
  return { of: (socket) => held.get(socket), close: () => clearInterval(timer) };
}

function bytesOf(socket: Socket, { readBefore, pieces, pending, requests }: Account): number {
  let allPieces = pieces;
  for (const { unreadPieces } of requests) allPieces += unreadPieces;
  return socket.writableLength + (socket.bytesRead - readBefore) + allPieces * pieceBytes + pending;
}
