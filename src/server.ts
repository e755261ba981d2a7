import type { GraphQLSchema } from 'graphql';
import { type Authenticator, openToEverybody } from './auth/index.ts';
import type { LimitConfig } from './config/index.ts';
import type { Services } from './context.ts';
import { tolerateAbandonedErrors } from './server/abandoned-error.ts';
import { answerBrokenRequests } from './server/broken-request.ts';
import { graphqlPath, openDoor, type Stage } from './server/door.ts';
import { openGraphqlServer } from './server/graphql-server.ts';
import { openHttpServer } from './server/http-server.ts';
import { defaultLimits, oneAtATime, openAdmission, openCallerRefusalLog } from './server/limits/index.ts';
import { listen } from './server/listen.ts';
import type { MetricsPage } from './server/metrics-page.ts';
import type { PersistedOperations } from './server/persisted-operations/index.ts';
import { openReadiness, type Readiness } from './server/readiness.ts';
import { openHostRule } from './server/request-path.ts';
import type { TlsOptions } from './server/tls/index.ts';
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
  /** Served by HTTPS, and by WebSockets behind TLS. Default: without. */
  readonly tls?: TlsOptions | null;
  /** From a credential to who it belongs to. The server uses it; closing it is its caller's. Default: everybody is let in. */
  readonly authenticator?: Authenticator;
  /** Names, in small letters, by which the gateway may be called where everybody is let in. Default: addresses and localhost alone. */
  readonly allowedHosts?: readonly string[];
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<LimitConfig>;
  /** The documents that alone are executed. Default: null, and any is. */
  readonly persisted?: PersistedOperations | null;
  /** Adds `extensions.store` to each answer: what the operation cost the store. Default: false. */
  readonly debugExtensions?: boolean;
  /** Executes queries that come again and again by a plan that is made once. Default: true. */
  readonly jit?: boolean;
  /** Served at `/metrics` to viewers. Default: it is not. */
  readonly metrics?: MetricsPage | null;
  /** How long `stop()` lets requests that are under way go on before it cuts them. Default: 10 s. */
  readonly drainTimeoutMs?: number;
  /**
   * How long `stop()` lets idle connections be: who asks one request after the other sends the next one within this time, and hears
   * in its answer that it was the last. Closed at once, it would be lost. Default: 0.
   */
  readonly lingerMs?: number;
  /** What differs from `defaultWebsocketLimits`. */
  readonly websocketLimits?: Partial<WebsocketLimits>;
}

export interface RunningServer {
  /** What `/ready` says. */
  readiness(): Promise<Readiness>;
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

export const defaultDrainTimeoutMs = 10_000;

/**
 * Serves the schema over HTTP and WebSocket. Resolves when it listens; rejects with a message for the operator when it can't
 * (the port is taken, the host is not this machine's).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, schema, corsOrigins = [], debugExtensions = false, jit = true } = options;
  const { tls = null, authenticator = openToEverybody, allowedHosts = [] } = options;
  const { drainTimeoutMs = defaultDrainTimeoutMs, lingerMs = 0, websocketLimits = {} } = options;
  const limits: LimitConfig = { ...defaultLimits, ...options.limits };
  const persisted = options.persisted?.lookups(limits) ?? null;
  const { log } = services;
  const nowMs = () => performance.now();
  const http = openHttpServer({ tls, limits, log });
  const { server, connections, memory } = http;
  const admission = openAdmission({ limits, nowMs });
  const refusals = openCallerRefusalLog(log);
  const graphql = openGraphqlServer({ services, schema, limits, admission, refusals, debugExtensions, jit, persisted });
  const stopTolerating = tolerateAbandonedErrors(log);
  const isHostAllowed = openHostRule({ isOpen: authenticator.isOpen, allowedHosts });
  let stage: Stage = 'serving';
  const readiness = openReadiness({ store: services.store, catalog: services.catalog, isStopping: () => stage !== 'serving' });
  const door = openDoor({
    services,
    corsOrigins,
    isHostAllowed,
    authenticator,
    guesses: admission.guesses,
    refusals,
    stage: (socket) => (stage === 'draining' && connections.isLingering(socket) ? 'leaving' : stage),
    readiness,
    metrics: options.metrics ?? null,
    graphql: graphql.handle,
  });
  server.on('request', oneAtATime(door));
  // Node would refuse it without a word.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  answerBrokenRequests({ server, connections, services });
  serveWebsocket({
    server,
    connections,
    services,
    graphql,
    corsOrigins,
    isHostAllowed,
    authenticator,
    admission,
    refusals,
    memory,
    messageLimitBytes: limits.messageBytes,
    operationLimit: limits.socketOperations,
    stallTimeoutMs: limits.requestTimeoutMs,
    isDraining: () => stage === 'draining',
    persisted,
    limits: websocketLimits,
  });

  function close(): void {
    graphql.close();
    http.close();
    refusals.sumUp();
    stopTolerating();
  }

  const { host, port } = options;
  const listening = await listen(server, { host, port, purpose: 'listen' }).catch((error: unknown) => {
    close();
    throw error;
  });
  return {
    url: `${http.scheme}://${listening.authority}${graphqlPath}`,
    port: listening.port,
    readiness,
    announceStop() {
      if (stage === 'serving') stage = 'leaving';
    },
    async stop() {
      stage = 'draining';
      await Promise.all([services.changes.close(), connections.drain({ timeoutMs: drainTimeoutMs, lingerMs })]);
      close();
    },
  };
}
