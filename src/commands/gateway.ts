import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServeConfig } from '../config/index.ts';
import { openServices, type Services } from '../context.ts';
import { messageOf } from '../errors.ts';
import { openJobs, type RunningJobs } from '../jobs/index.ts';
import type { Logger } from '../log.ts';
import { buildSchema } from '../schema/index.ts';
import { type RunningServer, startServer } from '../server.ts';
import type { Memory } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { boundHeapGrowth } from './heap.ts';
import { printResult, type Terminal } from './terminal.ts';

export interface Gateway {
  readonly config: ServeConfig;
  readonly store: Store;
  /** What serves its reads; null: the store itself. */
  readonly memory: Memory | null;
  readonly log: Logger;
  readonly terminal: Terminal;
  /** Aborts when it is to end. */
  readonly signal: AbortSignal;
  /** What to print once it listens, behind the line that says where. */
  readonly greeting?: (url: string) => string;
}

/** Serves a store until it is told to end; then lets what is under way finish. The store stays open. */
export async function runGateway({ config, store, memory, log, terminal, signal, greeting }: Gateway): Promise<void> {
  boundHeapGrowth();
  const { host, port, corsOrigins, bodyLimitBytes, debugExtensions, jit, drainTimeoutMs } = config;
  const { prefix, eventQueueLimit: eventLimit, agentPort, agentTimeoutMs } = config;
  const services = openServices({ store, memory, prefix, log, eventLimit, agentPort, agentTimeoutMs });
  const server = await startServer({
    services,
    schema: buildSchema(),
    host,
    port,
    corsOrigins,
    bodyLimitBytes,
    debugExtensions,
    jit,
    drainTimeoutMs,
  }).catch((error: unknown) => {
    throw isPortInUse(error)
      ? new Error(`Port ${port} of ${host} is in use; stop what listens there, or choose another --port`)
      : error;
  });
  const jobs = config.jobs === null ? null : openJobs({ services, ...config.jobs });
  try {
    await printResult(terminal, `listening on ${server.url}\n${greeting?.(server.url) ?? ''}`);
    log.info({ url: server.url, store: store.kind }, 'listening');
    if (!signal.aborted) await once(signal, 'abort');
    log.info({ reason: messageOf(signal.reason) }, 'draining');
  } finally {
    await stop({ server, jobs, services, drainTimeoutMs });
  }
}

interface Running {
  readonly server: RunningServer;
  readonly jobs: RunningJobs | null;
  readonly services: Services;
  readonly drainTimeoutMs: number;
}

/** Other gateways go on with the jobs while this one still answers what it was asked. */
async function stop({ server, jobs, services, drainTimeoutMs }: Running): Promise<void> {
  const givingUp = jobs?.close();
  const patience = new AbortController();
  await Promise.all([
    Promise.race([givingUp, sleep(drainTimeoutMs, undefined, { signal: patience.signal }).catch(() => undefined)]),
    server.stop(),
  ]);
  patience.abort();
  // Cuts what still waits for an agent.
  await services.agents.close();
  await givingUp;
  services.catalog?.close();
}

function isPortInUse(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
