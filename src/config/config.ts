import type { z } from 'zod';
import {
  type AccessConfig,
  accessConfig,
  accessWarnings,
  checkAccessOptions,
  checkDemoHost,
  openAccess,
  type TlsConfig,
  tlsConfig,
} from './access-config.ts';
import { commandOptions } from './command-option.ts';
import type { Given, Source } from './given.ts';
import { type LimitConfig, limitConfig } from './limit-config.ts';
import { type CommonConfig, type CommonValues, commonConfig, deepFreeze, read, refuseMemory } from './reading.ts';
import { checkStoreOptions, chosenStore, defaultStore, type SharedStoreConfig, type StoreConfig } from './store-config.ts';
import { UsageError } from './usage-error.ts';

export interface ServeConfig extends CommonConfig {
  readonly store: StoreConfig;
  readonly host: string;
  readonly port: number;
  readonly debugExtensions: boolean;
  readonly reads: ServerValues['reads'];
  readonly readTimeoutMs: number;
  /** Whether documents that come again are compiled. */
  readonly jit: boolean;
  readonly corsOrigins: readonly string[];
  readonly access: AccessConfig;
  /** Null: plain HTTP. */
  readonly tls: TlsConfig | null;
  /** The folder of the operations that alone are executed; null: whatever is asked. */
  readonly persistedOperations: string | null;
  readonly limits: LimitConfig;
  /** Where metrics are served by themselves; null: beside GraphQL, to viewers. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** Null: no traces. */
  readonly tracing: { readonly endpoint: string; readonly percent: number } | null;
  readonly eventQueueLimit: number;
  readonly drainTimeoutMs: number;
  readonly agentPort: number;
  readonly agentTimeoutMs: number;
  /** Null: this gateway does none. */
  readonly jobs: JobsConfig | null;
}

export interface JobsConfig {
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly keepDays: number;
  /** 0: never. */
  readonly stateSyncSeconds: number;
}

export interface DemoConfig extends ServeConfig {
  readonly hypervisorCount: number;
  readonly guestCount: number;
  /** Nothing happens in it by itself. */
  readonly isQuiet: boolean;
}

export interface ExportConfig extends CommonConfig {
  readonly store: SharedStoreConfig;
}

export interface SimulateConfig extends ExportConfig {
  readonly hypervisorCount: number;
  readonly agentPort: number;
}

export interface ImportConfig extends ExportConfig {
  /** What to do with a prefix that holds keys. */
  readonly onExisting: 'refuse' | 'merge' | 'replace';
  readonly leaseSeconds: number;
}

export function readServeConfig(source: Source): ServeConfig {
  const check = (given: Given) => [...checkStoreOptions(given), ...checkAccessOptions(given)];
  const values = read({ command: 'serve', schema: commandOptions.serve, source, check });
  const common = commonConfig(values, source);
  const store = chosenStore(values) ?? (values.memory ? inMemory : defaultStore());
  const access = accessConfig(values);
  const tls = tlsConfig(values);
  return deepFreeze({
    ...common,
    ...serverConfig(values),
    store,
    access,
    warnings: [...common.warnings, ...accessWarnings(access, { store, host: values.host, tls })],
    tls,
    persistedOperations: values.persistedOperations ?? null,
  });
}

export function readDemoConfig(source: Source): DemoConfig {
  const check = (given: Given) => [...checkStoreOptions(given), ...checkDemoHost(given)];
  const values = read({ command: 'demo', schema: commandOptions.demo, source, check });
  return deepFreeze({
    ...commonConfig(values, source),
    ...serverConfig(values),
    store: chosenStore(values) ?? inMemory,
    access: openAccess,
    tls: null,
    persistedOperations: null,
    hypervisorCount: values.hypervisors,
    guestCount: values.guests,
    isQuiet: values.quiet ?? false,
  });
}

export function readSimulateConfig(source: Source): SimulateConfig {
  const check = (given: Given) => [...refuseMemory(given), ...checkStoreOptions(given)];
  const values = read({ command: 'simulate', schema: commandOptions.simulate, source, check });
  return deepFreeze({
    ...commonConfig(values, source),
    store: chosenStore(values) ?? defaultStore(),
    hypervisorCount: values.hypervisors,
    agentPort: values.agentPort,
  });
}

export function readImportConfig(source: Source): ImportConfig {
  const check = (given: Given) => [...checkMerge(given), ...refuseMemory(given), ...checkStoreOptions(given)];
  const values = read({ command: 'import', schema: commandOptions.import, source, check });
  const onExisting = values.merge ? 'merge' : values.replace ? 'replace' : 'refuse';
  const store = chosenStore(values) ?? defaultStore();
  return deepFreeze({ ...commonConfig(values, source), store, onExisting, leaseSeconds: values.leaseSeconds });
}

export function readExportConfig(source: Source): ExportConfig {
  const check = (given: Given) => [...refuseMemory(given), ...checkStoreOptions(given)];
  const values = read({ command: 'export', schema: commandOptions.export, source, check });
  return deepFreeze({ ...commonConfig(values, source), store: chosenStore(values) ?? defaultStore() });
}

/** For a command without options: there can only be what the command line found wrong. */
export function checkUsage({ problems = [] }: Source): void {
  if (problems.length > 0) throw new UsageError(problems);
}

const inMemory = { kind: 'memory' } as const;

type ServerValues = z.output<typeof commandOptions.demo>;

function serverConfig(
  values: Pick<ServerValues, Exclude<keyof ServerValues, keyof CommonValues | 'hypervisors' | 'guests' | 'quiet'>>,
): Omit<ServeConfig, keyof ExportConfig | 'access' | 'tls' | 'persistedOperations'> {
  return {
    host: values.host,
    port: values.port,
    debugExtensions: values.debugExtensions ?? false,
    reads: values.reads,
    readTimeoutMs: values.readTimeoutMs,
    jit: !values.noJit,
    corsOrigins: values.corsOrigin ?? [],
    limits: limitConfig(values),
    metrics: values.metricsPort === undefined ? null : { host: values.metricsHost, port: values.metricsPort },
    tracing: values.otlpEndpoint === undefined ? null : { endpoint: values.otlpEndpoint, percent: values.tracePercent },
    eventQueueLimit: values.eventQueueLimit,
    drainTimeoutMs: values.drainTimeoutSeconds * 1000,
    agentPort: values.agentPort,
    agentTimeoutMs: values.agentTimeoutMs,
    jobs: values.noJobs ? null : jobsConfig(values),
  };
}

function jobsConfig(
  values: Pick<ServerValues, 'jobsConcurrency' | 'jobTimeoutSeconds' | 'jobsKeepDays' | 'stateSyncSeconds'>,
): JobsConfig {
  return {
    concurrency: values.jobsConcurrency,
    timeoutSeconds: values.jobTimeoutSeconds,
    keepDays: values.jobsKeepDays,
    stateSyncSeconds: values.stateSyncSeconds,
  };
}

function checkMerge(given: Given): readonly string[] {
  const chosen = given.settle(['merge', 'replace']);
  return chosen.length > 1 ? [`${chosen.map((name) => given.label(name)).join(' and ')}: only one of them can be meant`] : [];
}
