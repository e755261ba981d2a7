import { createServer, type Server, type ServerOptions } from 'node:http';
import type { LimitConfig } from '../config/index.ts';
import type { Logger } from '../log.ts';
import { type Connections, connectionEventOf, trackConnections } from './connections.ts';
import { CountedRequest, cutStalledReaders, limitConnections, type SocketMemory, watchSocketMemory } from './limits/index.ts';
import { openTlsServer, type TlsOptions } from './tls/index.ts';

export interface HttpServerOptions {
  /** Null: it speaks plain HTTP. */
  readonly tls: TlsOptions | null;
  readonly limits: Pick<LimitConfig, 'connections' | 'requestTimeoutMs'>;
  readonly log: Logger;
}

export interface HttpServer {
  readonly scheme: 'http' | 'https';
  readonly server: Server;
  readonly connections: Connections;
  /** Of what lies unread in its sockets. */
  readonly memory: SocketMemory;
  /** Ends what goes on beside the connections: those are drained before. */
  close(): void;
}

/** Longer than proxies keep an idle connection: who closes first must be the one that sends, or a request meets a closed door. */
const keepAliveTimeoutMs = 65_000;
const headersTimeoutMs = 66_000;
/** Node looks so often for requests that take too long to arrive, and more often where they may take less time than some of these. */
const lookEveryMs = 5_000;

/** A server that listens nowhere yet, with bounds on how many connections it has and on how long a client can sit on one. */
export function openHttpServer({ tls, limits, log }: HttpServerOptions): HttpServer {
  const { requestTimeoutMs } = limits;
  const options: ServerOptions = {
    IncomingMessage: CountedRequest,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    // The door refuses what has none, as all else.
    requireHostHeader: false,
    connectionsCheckingInterval: Math.min(lookEveryMs, requestTimeoutMs / 4),
  };
  const secure = tls === null ? null : openTlsServer(tls, { ...options, log });
  const server = secure?.server ?? createServer(options);
  const connections = trackConnections(server);
  limitConnections({ server, limit: limits.connections, log });
  cutStalledReaders({ server, timeoutMs: requestTimeoutMs, isBusy: connections.isBusy });
  const memory = watchSocketMemory({ server, connectionEvent: connectionEventOf(server), log });
  return {
    scheme: secure === null ? 'http' : 'https',
    server,
    connections,
    memory,
    close() {
      memory.close();
      secure?.watch.close();
    },
  };
}
