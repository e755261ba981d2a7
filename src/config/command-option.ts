import { type OptionName, optionText, optionValues } from './option.ts';

const embedded = { dataDir: true, memory: true, prefix: true } as const;
const etcd = { etcd: true, etcdUser: true, etcdPasswordFile: true, etcdCa: true, etcdCert: true, etcdKey: true } as const;
/** Who is let in, and how. The demo lets everybody in, on loopback. */
const access = {
  auth: true,
  insecureNoAuth: true,
  allowedHost: true,
  jwtIssuer: true,
  jwtAudience: true,
  jwtJwksUrl: true,
  jwtKeyFile: true,
  jwtRoleClaim: true,
  jwtRoleMap: true,
  jwtHypervisorClaim: true,
  tlsCert: true,
  tlsKey: true,
  persistedOperations: true,
} as const;
const server = {
  host: true,
  port: true,
  logLevel: true,
  debugExtensions: true,
  reads: true,
  readTimeoutMs: true,
  noJit: true,
  corsOrigin: true,
  bodyLimitBytes: true,
  documentLimitBytes: true,
  documentTokenLimit: true,
  depthLimit: true,
  aliasLimit: true,
  costLimit: true,
  batchLimit: true,
  messageLimitBytes: true,
  socketOperationLimit: true,
  socketLimit: true,
  connectionLimit: true,
  requestTimeoutSeconds: true,
  requestsPerSecond: true,
  requestBurst: true,
  eventQueueLimit: true,
  drainTimeoutSeconds: true,
  metricsPort: true,
  metricsHost: true,
  otlpEndpoint: true,
  tracePercent: true,
  agentPort: true,
  agentTimeoutMs: true,
  noJobs: true,
  jobsConcurrency: true,
  jobTimeoutSeconds: true,
  jobsKeepDays: true,
  stateSyncSeconds: true,
} as const;

/** The options of each command. */
export const commandOptions = {
  serve: optionValues.pick({ ...server, ...access, ...etcd, ...embedded }),
  demo: optionValues.pick({ ...server, ...embedded, hypervisors: true, guests: true, quiet: true }),
  simulate: optionValues.pick({ ...etcd, ...embedded, hypervisors: true, agentPort: true, logLevel: true }),
  schema: optionValues.pick({}),
  import: optionValues.pick({ ...etcd, ...embedded, merge: true, replace: true, leaseSeconds: true, logLevel: true }),
  export: optionValues.pick({ ...etcd, ...embedded, logLevel: true }),
  'token create': optionValues.pick({
    ...{ ...etcd, ...embedded, logLevel: true },
    ...{ name: true, role: true, hypervisor: true, expiresDays: true },
  }),
  'token list': optionValues.pick({ ...etcd, ...embedded, logLevel: true }),
  'token revoke': optionValues.pick({ ...etcd, ...embedded, logLevel: true }),
};

export type CommandName = keyof typeof commandOptions;

export function optionsOf(command: CommandName): readonly OptionName[] {
  return optionValues.keyof().options.filter((name) => name in commandOptions[command].shape);
}

/** Commands that work on a store of others know `--memory` only to say why they refuse it. */
export function isRefused(command: CommandName, name: OptionName): boolean {
  return name === 'memory' && command !== 'serve' && command !== 'demo';
}

/** What help says counts where an option is not given. */
export function shownDefaultOf(command: CommandName, name: OptionName): string | undefined {
  const { implied } = optionText(name);
  return fallbackOf(command, name) ?? (command === 'demo' ? implied?.demoText : implied?.text);
}

/** The text that counts where an option is not given; undefined: nothing. */
export function fallbackOf(command: CommandName, name: OptionName): string | undefined {
  const { fallback, demoFallback } = optionText(name);
  return command === 'demo' ? (demoFallback ?? fallback) : fallback;
}
