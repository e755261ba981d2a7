import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for the answers before theirs. */
const mostWaiting = 64;

interface Waiting {
  readonly response: ServerResponse;
  readonly begin: () => void;
}

/**
 * Has each connection's requests answered one after the other, as their answers go out. A client that sends many without reading any answer
 * would otherwise have all of their answers made, to lie in memory behind the first one. At more than wait for their turn it is cut.
 */
export function oneAtATime(listener: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, Waiting[]>();

  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? [];
    lines.set(socket, line);
    if (line.length > mostWaiting) {
      socket.destroy();
      return;
    }
    const waiting = { response, begin: () => listener(request, response) };
    line.push(waiting);
    response.once('close', () => {
      const isFirst = line[0] === waiting;
      const index = line.indexOf(waiting);
      if (index !== -1) line.splice(index, 1);
      // Nothing begins that could not be answered: the connection is gone, or closes with the answer before.
      if (isFirst && socket.writable) line[0]?.begin();
    });
    if (line.length === 1) waiting.begin();
  };
}
