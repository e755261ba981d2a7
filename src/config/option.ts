import { z } from 'zod';
import * as accessValue from './access-value.ts';
import * as value from './value.ts';

/** What help and the README say of an option. */
export interface OptionText {
  /** What its value is called; null for a flag that is there or not. */
  readonly argument: string | null;
  /** Given several times, its values add up. */
  readonly isRepeatable?: true;
  /** What counts when it is not given; absent: nothing. */
  readonly fallback?: string;
  /** The same, for the demo alone. */
  readonly demoFallback?: string;
  /** What is shown as the default where it is no value of this option. */
  readonly implied?: { readonly text: string; readonly demoText: string };
  readonly description: string;
}

const texts = z.registry<OptionText>();

/** Every option of every command: how it is read, and what is said of it. A flag's name and its variable's follow from its key. */
export const optionValues = z.object({
  host: value.host().register(texts, {
    argument: 'ADDRESS',
    fallback: '127.0.0.1',
    description: 'address to listen on; beyond loopback only with --auth or --insecure-no-auth',
  }),
  port: value.wholeNumber({ from: 0, to: 65_535 }).register(texts, {
    argument: 'NUMBER',
    fallback: '4000',
    description: 'port to listen on; 0 picks a free one',
  }),
  etcd: z.optional(value.endpoints).register(texts, {
    argument: 'URLS',
    isRepeatable: true,
    description: 'store: the etcd cluster at these comma-separated addresses',
  }),
  dataDir: z.optional(value.folderPath).register(texts, {
    argument: 'DIR',
    implied: { text: './data where no store is given', demoText: 'in memory' },
    description: 'store: embedded, durable in this folder',
  }),
  memory: z.optional(value.yesOrNo).register(texts, { argument: null, description: 'store: embedded, gone at exit' }),
  prefix: value.keyPrefix.register(texts, {
    argument: 'TEXT',
    fallback: 'lochness/',
    description: 'what all keys in the store begin with',
  }),
  etcdUser: z.optional(value.userName).register(texts, { argument: 'NAME', description: 'user name for etcd' }),
  etcdPasswordFile: z.optional(value.passwordFile).register(texts, {
    argument: 'FILE',
    description: 'file with the password for etcd',
  }),
  etcdCa: z.optional(value.pemFile('CERTIFICATE')).register(texts, {
    argument: 'FILE',
    description: 'certificates (PEM) that etcd is trusted by',
  }),
  etcdCert: z.optional(value.pemFile('CERTIFICATE')).register(texts, {
    argument: 'FILE',
    description: 'client certificate (PEM) to show to etcd',
  }),
  etcdKey: z.optional(value.pemFile('PRIVATE KEY')).register(texts, {
    argument: 'FILE',
    description: 'private key (PEM) of the client certificate',
  }),
  logLevel: value.oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).register(texts, {
    argument: 'LEVEL',
    fallback: 'info',
    demoFallback: 'warn',
    description: 'what is logged to standard error: fatal, error, warn, info, debug, trace or silent',
  }),
  debugExtensions: z.optional(value.yesOrNo).register(texts, {
    argument: null,
    description: 'say in each answer (extensions.store) what it cost the store',
  }),
  reads: value.oneOf(['replica', 'direct']).register(texts, {
    argument: 'KIND',
    fallback: 'replica',
    description: 'where queries read: a replica in memory, proved fresh for each of them, or the store itself (direct)',
  }),
  readTimeoutMs: value.wholeNumber({ from: 1, to: 60_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '500',
    description: 'how long a query waits for a replica that is behind etcd; then it reads etcd itself',
  }),
  noJit: z.optional(value.yesOrNo).register(texts, {
    argument: null,
    description: 'compile no documents: each is interpreted, as by graphql-js',
  }),
  corsOrigin: z.optional(value.origins).register(texts, {
    argument: 'ORIGINS',
    isRepeatable: true,
    description: 'comma-separated origins whose web pages may use the gateway; none by default',
  }),
  bodyLimitBytes: value.wholeNumber({ from: 1024, to: 64 * 1024 * 1024 }).register(texts, {
    argument: 'NUMBER',
    fallback: '1048576',
    description: 'largest request body that is accepted',
  }),
  auth: accessValue.authKinds.register(texts, {
    argument: 'KINDS',
    isRepeatable: true,
    fallback: 'none',
    description: 'who is let in, comma-separated: none (everybody, as admin), token (API tokens in the store), jwt',
  }),
  insecureNoAuth: z.optional(value.yesOrNo).register(texts, {
    argument: null,
    description: 'listen beyond loopback although everybody may do everything (--auth none)',
  }),
  allowedHost: z.optional(value.hostNames).register(texts, {
    argument: 'NAMES',
    isRepeatable: true,
    description:
      'comma-separated names, besides addresses and localhost, that requests may call this gateway by where --auth is none',
  }),
  jwtIssuer: z.optional(value.text()).register(texts, {
    argument: 'TEXT',
    description: 'what a JWT must name as its issuer (iss)',
  }),
  jwtAudience: z.optional(value.text()).register(texts, {
    argument: 'TEXT',
    description: 'what a JWT must name as its audience (aud)',
  }),
  jwtJwksUrl: z.optional(value.webAddress({ example: 'https://login.example.com/keys' })).register(texts, {
    argument: 'URL',
    description: 'where the keys (JWKS) are that JWTs are signed with',
  }),
  jwtKeyFile: z.optional(value.keyFile).register(texts, {
    argument: 'FILE',
    description: 'file with the keys that JWTs are signed with: a public key (PEM), a JWK or a JWKS',
  }),
  jwtRoleClaim: value.text().register(texts, {
    argument: 'NAME',
    fallback: 'role',
    description: 'claim of a JWT that names the role; dots lead into objects',
  }),
  jwtRoleMap: z.optional(accessValue.roleMap).register(texts, {
    argument: 'PAIRS',
    isRepeatable: true,
    description: 'comma-separated pairs VALUE=ROLE, for claims that name roles otherwise: staff=viewer,ops=operator',
  }),
  jwtHypervisorClaim: value.text().register(texts, {
    argument: 'NAME',
    fallback: 'hypervisor',
    description: 'claim of a JWT that names the hypervisor of an agent',
  }),
  tlsCert: z.optional(value.pemPath('CERTIFICATE')).register(texts, {
    argument: 'FILE',
    description: 'certificates (PEM) to serve HTTPS with, the own one first; read again when the file changes',
  }),
  tlsKey: z.optional(value.pemPath('PRIVATE KEY')).register(texts, {
    argument: 'FILE',
    description: 'private key (PEM) of the certificate',
  }),
  persistedOperations: z.optional(value.folderPath).register(texts, {
    argument: 'DIR',
    description: 'folder of .graphql files; nothing but the operations in them is executed',
  }),
  documentLimitBytes: value.wholeNumber({ from: 256, to: 16 * 1024 * 1024 }).register(texts, {
    argument: 'NUMBER',
    fallback: '131072',
    description: 'longest GraphQL document that is accepted',
  }),
  documentTokenLimit: value.wholeNumber({ from: 10, to: 1_000_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '10000',
    description: 'most tokens of a document',
  }),
  depthLimit: value.wholeNumber({ from: 1, to: 1000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '20',
    description: 'deepest level of fields in an operation, fragments included',
  }),
  aliasLimit: value.wholeNumber({ from: 0, to: 100_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '200',
    description: 'most aliases in an operation, fragments included',
  }),
  costLimit: value.wholeNumber({ from: 1, to: 1_000_000_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '500000',
    description: 'highest cost of an operation: the fields that it can answer, by the sizes of its lists',
  }),
  batchLimit: value.wholeNumber({ from: 0, to: 1000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '10',
    description: 'most operations in one request; 0: no batches',
  }),
  messageLimitBytes: value.wholeNumber({ from: 1024, to: 64 * 1024 * 1024 }).register(texts, {
    argument: 'NUMBER',
    fallback: '1048576',
    description: 'longest message that is accepted on a WebSocket',
  }),
  socketOperationLimit: value.wholeNumber({ from: 1, to: 100_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '100',
    description: 'operations, subscriptions among them, that may be under way on one WebSocket',
  }),
  socketLimit: value.wholeNumber({ from: 0, to: 1_000_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '1000',
    description: 'WebSockets and event streams that one viewer may have open',
  }),
  connectionLimit: value.wholeNumber({ from: 1, to: 1_000_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '10000',
    description: 'connections that may be open at this gateway',
  }),
  requestTimeoutSeconds: value.wholeNumber({ from: 1, to: 3600 }).register(texts, {
    argument: 'NUMBER',
    fallback: '30',
    description: 'how long a request may take to arrive, its body with it, or a message of a WebSocket',
  }),
  requestsPerSecond: value.wholeNumber({ from: 0, to: 1_000_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '1000',
    description: 'requests a second of one viewer, after a burst; more are answered with 429; 0: no limit',
  }),
  requestBurst: value.wholeNumber({ from: 1, to: 10_000_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '5000',
    description: 'requests of one viewer that may come at once',
  }),
  eventQueueLimit: value.wholeNumber({ from: 1, to: 1_000_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '1000',
    description: 'events that may wait for one subscriber; one more ends its stream',
  }),
  drainTimeoutSeconds: value.wholeNumber({ from: 0, to: 3600 }).register(texts, {
    argument: 'NUMBER',
    fallback: '10',
    description: 'how long a stop waits for requests that are under way',
  }),
  metricsPort: z.optional(value.wholeNumber({ from: 0, to: 65_535 })).register(texts, {
    argument: 'NUMBER',
    description: 'port that serves /metrics, /health and /ready without credentials; absent: --port serves /metrics to viewers',
  }),
  metricsHost: value.host().register(texts, {
    argument: 'ADDRESS',
    fallback: '127.0.0.1',
    description: 'address that --metrics-port listens on',
  }),
  otlpEndpoint: z.optional(value.webAddress({ example: 'http://127.0.0.1:4318' })).register(texts, {
    argument: 'URL',
    description: 'where traces go, by OTLP over HTTP, such as http://127.0.0.1:4318; absent: no traces',
  }),
  tracePercent: value.wholeNumber({ from: 0, to: 100 }).register(texts, {
    argument: 'NUMBER',
    fallback: '100',
    description: 'how many of 100 operations are traced, where the client does not say',
  }),
  agentPort: value.wholeNumber({ from: 1, to: 65_535 }).register(texts, {
    argument: 'NUMBER',
    fallback: '8080',
    description: 'port of the agents, where a hypervisor has no config key agentPort',
  }),
  agentTimeoutMs: value.wholeNumber({ from: 1, to: 600_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '15000',
    description: 'how long one call to an agent may take',
  }),
  noJobs: z.optional(value.yesOrNo).register(texts, {
    argument: null,
    description: 'do no jobs and follow no states of guests: another gateway does',
  }),
  jobsConcurrency: value.wholeNumber({ from: 1, to: 1000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '32',
    description: 'jobs that this gateway works on at once',
  }),
  jobTimeoutSeconds: value.wholeNumber({ from: 1, to: 86_400 }).register(texts, {
    argument: 'NUMBER',
    fallback: '600',
    description: 'how long a job waits for an agent that cannot be reached',
  }),
  jobsKeepDays: value.wholeNumber({ from: 0, to: 3650 }).register(texts, {
    argument: 'NUMBER',
    fallback: '7',
    description: 'how long jobs that have ended are kept',
  }),
  stateSyncSeconds: value.wholeNumber({ from: 0, to: 3600 }).register(texts, {
    argument: 'NUMBER',
    fallback: '10',
    description: 'how often the states of guests are compared with what the agents say; 0: never',
  }),
  quiet: z.optional(value.yesOrNo).register(texts, {
    argument: null,
    description: 'let nothing happen in the sample cluster by itself',
  }),
  hypervisors: value.wholeNumber({ from: 0, to: 1000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '6',
    description: 'hypervisors in the sample cluster, at most 1000',
  }),
  guests: value.wholeNumber({ from: 0, to: 100_000 }).register(texts, {
    argument: 'NUMBER',
    fallback: '40',
    description: 'guests in the sample cluster, at most 100000',
  }),
  merge: z.optional(value.yesOrNo).register(texts, {
    argument: null,
    description: 'write over a prefix that holds keys, and keep those that the file does not name',
  }),
  replace: z.optional(value.yesOrNo).register(texts, {
    argument: null,
    description: 'write over a prefix that holds keys, and delete those that the file does not name',
  }),
  leaseSeconds: value.wholeNumber({ from: 1, to: 86_400 }).register(texts, {
    argument: 'NUMBER',
    fallback: '120',
    description: 'how long keys with "lease": true live on after the import',
  }),
  name: z.optional(accessValue.tokenName).register(texts, {
    argument: 'TEXT',
    description: 'whose token it is, or what for; lists and logs show it',
  }),
  role: z.optional(accessValue.role).register(texts, {
    argument: 'ROLE',
    description: 'what the token may do: viewer, operator, admin or agent',
  }),
  hypervisor: z.optional(accessValue.hypervisorId).register(texts, {
    argument: 'ID',
    description: 'the hypervisor that a token with the role agent speaks for',
  }),
  expiresDays: z.optional(value.wholeNumber({ from: 1, to: 3650 })).register(texts, {
    argument: 'NUMBER',
    implied: { text: 'never', demoText: 'never' },
    description: 'after how many days the token expires',
  }),
});

export type OptionName = keyof typeof optionValues.shape;

export function optionText(name: OptionName): OptionText {
  const text = texts.get(optionValues.shape[name]);
  if (text === undefined) throw new Error(`The option ${name} has no text`);
  return text;
}

/** `--data-dir` of `dataDir`. */
export function flagOf(name: OptionName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export const environmentPrefix = 'LOCHNESS_';

/** `LOCHNESS_DATA_DIR` of `dataDir`. */
export function variableOf(name: OptionName): string {
  return environmentPrefix + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
