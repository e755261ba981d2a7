import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Authenticator, openAuthenticator } from '../auth/index.ts';
import type { ServeConfig } from '../config/index.ts';
import { openServices, type Services } from '../context.ts';
import { messageOf } from '../errors.ts';
import { openJobs, type RunningJobs } from '../jobs/index.ts';
import { buildSchema } from '../schema/index.ts';
import { type MetricsServer, startMetricsServer } from '../server/metrics-server.ts';
import type { PersistedOperations } from '../server/persisted-operations/index.ts';
import { type RunningServer, startServer } from '../server.ts';
import type { Memory } from '../store/memory.ts';
import type { OpenedStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { boundHeapGrowth } from './heap.ts';
import type { Observation } from './observation.ts';
import { readingsOf } from './readings.ts';
import { printResult, type Terminal } from './terminal.ts';

/** More than most clients take between an answer and the next request. */
const lingerMs = 1000;

export interface Gateway {
  readonly config: ServeConfig;
  readonly store: Store;
  /** What serves its reads; null: the store itself. */
  readonly memory: Memory | null;
  /** The same, where a watch keeps it current. */
  readonly replica: OpenedStore['replica'];
  /** The operations that alone are executed. Default: null, and any is. */
  readonly persisted?: PersistedOperations | null;
  readonly observation: Observation;
  readonly terminal: Terminal;
  /** Aborts when it is to end. */
  readonly signal: AbortSignal;
  /** What to print once it listens, behind the line that says where. */
  readonly greeting?: (url: string) => string;
}

/** Serves a store until it is told to end; then lets what is under way finish. The store stays open. */
export async function runGateway({
  config,
  store,
  memory,
  replica,
  observation,
  terminal,
  signal,
  greeting,
  persisted = null,
}: Gateway): Promise<void> {
  boundHeapGrowth();
  const { log, metrics, observer, tracer } = observation;
  const { host, port, corsOrigins, limits, debugExtensions, jit, drainTimeoutMs } = config;
  const { prefix, eventQueueLimit: eventLimit, agentPort, agentTimeoutMs } = config;
  const services = openServices({ store, memory, prefix, log, observer, tracer, eventLimit, agentPort, agentTimeoutMs });
  const { keys, now } = services;
  const authenticator = openAuthenticator(config.access, { store, keys, log, now });
  const server = await startServer({
    services,
    authenticator,
    schema: buildSchema(),
    host,
    port,
    tls: config.tls,
    allowedHosts: config.access.allowedHosts,
    persisted,
    metrics: config.metrics === null ? metrics : null,
    corsOrigins,
    limits,
    debugExtensions,
    jit,
    drainTimeoutMs,
    lingerMs,
  }).catch(async (error: unknown) => {
    await authenticator.close();
    throw isPortInUse(error)
      ? new Error(`Port ${port} of ${host} is in use; stop what listens there, or choose another --port`)
      : error;
  });
  const jobs = config.jobs === null ? null : openJobs({ services, ...config.jobs });
  metrics.attach(readingsOf({ services, server, jobs, replica }));
  let metricsServer: MetricsServer | null = null;
  try {
    if (config.metrics !== null) {
      const { allowedHosts } = config.access;
      const { readiness } = server;
      metricsServer = await startMetricsServer({ ...config.metrics, allowedHosts, page: metrics, log, readiness });
    }
    await printResult(terminal, `listening on ${server.url}\n${greeting?.(server.url) ?? ''}`);
    log.info(
      { url: server.url, store: store.kind, ...(metricsServer === null ? {} : { metrics: metricsServer.url }) },
      'listening',
    );
    if (!signal.aborted) await once(signal, 'abort');
    log.info({ reason: messageOf(signal.reason) }, 'draining');
  } finally {
    await stop({ server, jobs, services, authenticator, drainTimeoutMs });
    // Last: that it drains is to be seen.
    await metricsServer?.close();
  }
}

interface Running {
  readonly server: RunningServer;
  readonly jobs: RunningJobs | null;
  readonly services: Services;
  readonly authenticator: Authenticator;
  readonly drainTimeoutMs: number;
}

/** Other gateways go on with the jobs while this one still answers what it was asked. */
async function stop({ server, jobs, services, authenticator, drainTimeoutMs }: Running): Promise<void> {
  const givingUp = jobs?.close();
  const patience = new AbortController();
  await Promise.all([
    Promise.race([givingUp, sleep(drainTimeoutMs, undefined, { signal: patience.signal }).catch(() => undefined)]),
    server.stop(),
  ]);
  patience.abort();
  await authenticator.close();
  // Cuts what still waits for an agent.
  await services.agents.close();
  await givingUp;
  services.catalog?.close();
}

function isPortInUse(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
