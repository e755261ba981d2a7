import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

export interface Connections {
  /**
   * Accepts nothing more, closes each connection as soon as it has nothing under way, and cuts those that still have something
   * after `timeoutMs`. Resolves when all are closed.
   */
  drain(timeoutMs: number): Promise<void>;
  /** Whether another protocol can have it: nothing is under way on it, and no drain has begun. */
  isFree(socket: Socket): boolean;
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
  let draining: Promise<void> | null = null;

  server.on('connection', (socket: Socket) => {
    underWay.set(socket, new Set());
    socket.once('close', () => {
      underWay.delete(socket);
      handedOver.delete(socket);
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

  async function close(timeoutMs: number): Promise<void> {
    const closed = [new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))];
    for (const [socket, responses] of underWay) {
      // The server does not wait for this: but whoever reads the signal of an answer that was cut hears of it then.
      closed.push(new Promise((resolve) => socket.once('close', () => resolve())));
      const leave = handedOver.get(socket);
      if (leave !== undefined) leave();
      else if (responses.size === 0) socket.destroySoon();
      for (const response of responses) if (!response.headersSent) response.setHeader('connection', 'close');
    }
    const cut = setTimeout(() => {
      for (const socket of underWay.keys()) socket.destroy();
    }, timeoutMs);
    await Promise.all(closed);
    clearTimeout(cut);
    // Nothing is left to close, but for http.Server's own timer.
    server.close();
  }

  return {
    drain(timeoutMs) {
      draining ??= close(timeoutMs);
      return draining;
    },
    isFree: (socket) => draining === null && underWay.get(socket)?.size === 0,
    handOver(socket, leave) {
      handedOver.set(socket, leave);
    },
  };
}
