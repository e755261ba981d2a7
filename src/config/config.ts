import type { z } from 'zod';
import { type CommandName, commandOptions, fallbackOf, optionsOf } from './command-option.ts';
import { Given, parseGiven, type Source, unknownVariables } from './given.ts';
import {
  checkStoreOptions,
  chosenStore,
  defaultStore,
  type SharedStoreConfig,
  type StoreConfig,
  settleStores,
} from './store-config.ts';
import { UsageError } from './usage-error.ts';

/** What every command that opens a store has beside it. */
export interface CommonConfig {
  readonly prefix: string;
  readonly logLevel: CommonValues['logLevel'];
  /** What the operator should know, but what stops nothing. */
  readonly warnings: readonly string[];
}

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
  readonly bodyLimitBytes: number;
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
  const values = read({ command: 'serve', schema: commandOptions.serve, source, check: checkStoreOptions });
  const store = chosenStore(values) ?? (values.memory ? inMemory : defaultStore());
  return deepFreeze({ ...commonConfig(values, source), ...serverConfig(values), store });
}

export function readDemoConfig(source: Source): DemoConfig {
  const values = read({ command: 'demo', schema: commandOptions.demo, source, check: checkStoreOptions });
  return deepFreeze({
    ...commonConfig(values, source),
    ...serverConfig(values),
    store: chosenStore(values) ?? inMemory,
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

interface Reading<Schema> {
  readonly command: CommandName;
  readonly schema: Schema;
  readonly source: Source;
  /** Settles what excludes one another, and answers the problems between options. */
  readonly check: (given: Given) => readonly string[];
}

function read<Schema extends z.ZodObject>({ command, schema, source, check }: Reading<Schema>): z.output<Schema> {
  const given = new Given(optionsOf(command), source);
  const found = [...(source.problems ?? []), ...check(given)];
  const { values, problems } = parseGiven({ schema, given, fallbackOf: (name) => fallbackOf(command, name) });
  if (values === null || found.length > 0) throw new UsageError([...found, ...problems]);
  return values;
}

const inMemory = { kind: 'memory' } as const;

type ServerValues = z.output<typeof commandOptions.serve>;
type CommonValues = z.output<typeof commandOptions.export>;

function commonConfig({ prefix, logLevel }: Pick<CommonValues, 'prefix' | 'logLevel'>, source: Source): CommonConfig {
  const warnings = unknownVariables(source).map((variable) => `${variable} is set, but no option reads it`);
  return { prefix, logLevel, warnings };
}

function serverConfig(
  values: Pick<ServerValues, Exclude<keyof ServerValues, keyof CommonValues>>,
): Omit<ServeConfig, keyof ExportConfig> {
  return {
    host: values.host,
    port: values.port,
    debugExtensions: values.debugExtensions ?? false,
    reads: values.reads,
    readTimeoutMs: values.readTimeoutMs,
    jit: !values.noJit,
    corsOrigins: values.corsOrigin ?? [],
    bodyLimitBytes: values.bodyLimitBytes,
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

function refuseMemory(given: Given): readonly string[] {
  if (!settleStores(given).includes('memory')) return [];
  return [
    `${given.label('memory')}: a store in memory is empty when a command begins and gone when it ends; give --data-dir or --etcd`,
  ];
}

function deepFreeze<Value extends object>(value: Value): Readonly<Value> {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
