import { z } from 'zod';
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
  host: value.loopbackHost.register(texts, {
    argument: 'ADDRESS',
    fallback: '127.0.0.1',
    description: 'address to listen on; loopback only in this version',
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
