import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Server as TlsServer } from 'node:tls';

export interface Drain {
  /** For what is under way. */
  readonly timeoutMs: number;
  /** For what a client has sent, or sends, on a connection where nothing is under way: it can't know yet. */
  readonly lingerMs: number;
}

export interface Connections {
  /**
   * Accepts nothing more, closes each connection as soon as it has nothing under way, and cuts those that still have something
   * after `timeoutMs`. Where nothing is under way when it begins, it waits for one more request until `lingerMs` are over. Resolves
   * when all are closed.
   */
  drain(drain: Drain): Promise<void>;
  /** Whether it had nothing under way when the drain began, and has not been closed yet: what comes on it was sent in good faith. */
  isLingering(socket: Socket): boolean;
  /** Whether another protocol can have it: nothing is under way on it, and no drain has begun. */
  isFree(socket: Socket): boolean;
  /** Whether an answer to it is under way. */
  isBusy(socket: Socket): boolean;
  /** Those that are under way to it; null: it is gone, or no HTTP was read from it yet. */
  answersTo(socket: Socket): ReadonlySet<ServerResponse> | null;
  /** Another protocol has it from here on: the drain calls `leave` where it would close it, and cuts it as any other. */
  handOver(socket: Socket, leave: () => void): void;
}

/**
 * Knows which connections of a server have a request under way, to end them without cutting an answer.
 *
 * http.Server's own close() does not know. It takes an answer for finished when its last byte is in the buffer of this process: a
 * slow reader of a long answer is cut in the middle. And it waits for ever for a connection that never sent a request.
 */
export function trackConnections(server: Server): Connections {
  const underWay = new Map<Socket, Set<ServerResponse>>();
  const handedOver = new Map<Socket, () => void>();
  const handshakes = trackHandshakes(server);
  const lingering = new Set<Socket>();
  let draining: Promise<void> | null = null;

  server.on(connectionEventOf(server), (socket: Socket) => {
    underWay.set(socket, new Set());
    if (draining !== null) lingering.add(socket);
    socket.once('close', () => {
      underWay.delete(socket);
      handedOver.delete(socket);
      lingering.delete(socket);
    });
  });
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const responses = underWay.get(socket);
    responses?.add(response);
    // Not before all of the answer is with the operating system, or the connection is gone.
    response.once('close', () => {
      responses?.delete(response);
      if (draining !== null && responses?.size === 0) socket.destroySoon();
    });
  });

  function responsesUnderWay(): ServerResponse[] {
    return [...underWay.values()].flatMap((responses) => [...responses]);
  }

  function closeLingering(): void {
    for (const socket of handshakes()) socket.destroy();
    for (const socket of lingering) if (underWay.get(socket)?.size === 0) socket.destroySoon();
    lingering.clear();
  }

  async function close({ timeoutMs, lingerMs }: Drain): Promise<void> {
    for (const [socket, responses] of underWay) if (responses.size === 0 && !handedOver.has(socket)) lingering.add(socket);
    for (const response of responsesUnderWay()) if (!response.headersSent) response.setHeader('connection', 'close');
    // Connections that the operating system has accepted already are taken in first: with the door they would be cut.
    await turn();
    const closed = [new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))];
    for (const socket of underWay.keys()) {
      // The server does not wait for this: but whoever reads the signal of an answer that was cut hears of it then.
      closed.push(new Promise((resolve) => socket.once('close', () => resolve())));
      handedOver.get(socket)?.();
    }
    const quiet = setTimeout(closeLingering, Math.min(lingerMs, timeoutMs));
    const cut = setTimeout(() => {
      for (const socket of underWay.keys()) socket.destroy();
    }, timeoutMs);
    await Promise.all(closed);
    clearTimeout(quiet);
    clearTimeout(cut);
    // Nothing is left to close, but for http.Server's own timer.
    server.close();
  }

  return {
    drain(drain) {
      draining ??= close(drain);
      return draining;
    },
    isBusy: (socket) => (underWay.get(socket)?.size ?? 0) > 0,
    isLingering: (socket) => lingering.has(socket),
    isFree: (socket) => draining === null && underWay.get(socket)?.size === 0,
    answersTo: (socket) => underWay.get(socket) ?? null,
    handOver(socket, leave) {
      handedOver.set(socket, leave);
    },
  };
}

/** What a server emits with a socket that HTTP can be read from. Emitting it again has a socket read once more. */
export function connectionEventOf(server: Server): 'connection' | 'secureConnection' {
  return server instanceof TlsServer ? 'secureConnection' : 'connection';
}

/** The sockets behind those whose encryption is not settled yet: nobody hears of them before it is. */
function trackHandshakes(server: Server): () => Iterable<Socket> {
  const sockets = new Map<string, Socket>();
  if (!(server instanceof TlsServer)) return () => [];
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    sockets.set(name, socket);
    socket.once('close', () => {
      if (sockets.get(name) === socket) sockets.delete(name);
    });
  });
  server.on('secureConnection', (socket: Socket) => sockets.delete(nameOf(socket)));
  return () => sockets.values();
}

/** Both sides' addresses: the socket of TLS has them from the one below it, and leads back to that by nothing else. */
function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ');
}
