import { createConnection, type Socket } from 'node:net';
import type { buildConnector } from 'undici';

export interface Connector {
  readonly connect: buildConnector.connector;
  /** Ends the connections that are still being opened: undici ends only those that are open. */
  close(): void;
}

const defaultPort = 80;

/** Opens TCP connections, each of them within the timeout or not at all. */
export function openConnector(timeoutMs: number): Connector {
  const opening = new Set<Socket>();

  function connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const port = options.port === '' ? defaultPort : Number(options.port);
    const socket = createConnection({ host: options.hostname, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    opening.add(socket);

    function hasEnded(): boolean {
      clearTimeout(timer);
      return opening.delete(socket);
    }
    socket.once('connect', () => {
      if (hasEnded()) callback(null, socket);
    });
    // It stays: undici listens to an open connection itself.
    socket.on('error', (error) => {
      if (hasEnded()) callback(error, null);
    });
  }

  return {
    connect,
    close() {
      for (const socket of opening) socket.destroy(new Error('the gateway stops'));
    },
  };
}
