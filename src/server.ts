import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { Services } from './context.ts';
import { messageOf } from './errors.ts';
import { tolerateAbandonedErrors } from './server/abandoned-error.ts';
import { trackConnections } from './server/connections.ts';
import { graphqlPath, openDoor, type Stage } from './server/door.ts';
import { openGraphqlServer } from './server/graphql-server.ts';
import { openReadiness } from './server/readiness.ts';
import { serveWebsocket, type WebsocketLimits } from './server/websocket.ts';

export interface ServerOptions {
  /** What lives as long as the gateway. The server uses it; closing the store is its caller's, after `stop()`. */
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly host: string;
  /** 0 takes a free one; `RunningServer.port` says which. */
  readonly port: number;
  /** Origins of browser pages that may read answers, such as `https://dashboard.example`. Default: the gateway's own only. */
  readonly corsOrigins?: readonly string[];
  /** Longer request bodies are refused with 413, longer messages of a WebSocket by closing it with 1009. Default: 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Adds `extensions.store` to each answer: what the operation cost the store. Default: false. */
  readonly debugExtensions?: boolean;
  /** Executes queries that come again and again by a plan that is made once. Default: true. */
  readonly jit?: boolean;
  /** How long `stop()` lets requests that are under way go on before it cuts them. Default: 10 s. */
  readonly drainTimeoutMs?: number;
  /** What differs from `defaultWebsocketLimits`. */
  readonly websocketLimits?: Partial<WebsocketLimits>;
}

export interface RunningServer {
  /** Where GraphQL is served, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  readonly port: number;
  /**
   * Turns readiness off, and nothing else: a load balancer can send its clients elsewhere before `stop()` closes the door.
   * Answers ask their clients to close the connection.
   */
  announceStop(): void;
  /**
   * Drains: readiness goes off, no new connection is accepted, subscriptions end with SERVER_DRAINING, requests and operations under
   * way are finished (or cut after `drainTimeoutMs`), idle connections are closed, WebSockets with 1001. Resolves when the last one is gone. Called again it
   * waits for the same drain.
   */
  stop(): Promise<void>;
}

export const defaultBodyLimitBytes = 1024 * 1024;
export const defaultDrainTimeoutMs = 10_000;

/** Longer than proxies keep an idle connection: who closes first must be the one that sends, or a request meets a closed door. */
const keepAliveTimeoutMs = 65_000;
const headersTimeoutMs = 66_000;
/** For the whole of a request, its body with it, to arrive. */
const requestTimeoutMs = 90_000;

/**
 * Serves the schema over HTTP and WebSocket. Resolves when it listens; rejects with a message for the operator when it can't
 * (the port is taken, the host is not this machine's).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, schema, corsOrigins = [], debugExtensions = false, jit = true } = options;
  const { bodyLimitBytes = defaultBodyLimitBytes, drainTimeoutMs = defaultDrainTimeoutMs, websocketLimits = {} } = options;
  const server = createServer({
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
  });
  const connections = trackConnections(server);
  const graphql = openGraphqlServer({ services, schema, bodyLimitBytes, debugExtensions, jit });
  const stopTolerating = tolerateAbandonedErrors(services.log);
  let stage: Stage = 'serving';
  const readiness = openReadiness({ store: services.store, catalog: services.catalog, isStopping: () => stage !== 'serving' });
  server.on('request', openDoor({ services, corsOrigins, stage: () => stage, readiness, graphql: graphql.handle }));
  serveWebsocket({
    server,
    connections,
    services,
    graphql,
    corsOrigins,
    messageLimitBytes: bodyLimitBytes,
    isDraining: () => stage === 'draining',
    limits: websocketLimits,
  });

  const { address, port, family } = await listen(server, options);
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}${graphqlPath}`,
    port,
    announceStop() {
      if (stage === 'serving') stage = 'leaving';
    },
    async stop() {
      stage = 'draining';
      await Promise.all([services.changes.close(), connections.drain(drainTimeoutMs)]);
      graphql.close();
      stopTolerating();
    },
  };
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<AddressInfo> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`Can't listen on ${host}:${port}: ${messageOf(error)}`, { cause: error });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`Listening on ${host}:${port}, but at no port`);
  return address;
}
