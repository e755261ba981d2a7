import { readFileSync } from 'node:fs';
import { type ExecutionResult, execute, parse, validate } from 'graphql';
import { everybody } from '../../src/auth/index.ts';
import { type Context, createContext, openServices, type Services } from '../../src/context.ts';
import { GatewayError } from '../../src/errors.ts';
import { type Logger, silentLog } from '../../src/log.ts';
import { buildSchema } from '../../src/schema/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Memory } from '../../src/store/memory.ts';
import { keyFromText } from '../../src/store/range.ts';
import type { Revision, Store, Write } from '../../src/store/store.ts';
import { randomFrom } from './random.ts';

/** A line of a `.jsonl` fixture. */
export interface FixtureEntry {
  readonly key: string;
  readonly value: string;
  readonly lease: boolean;
}

export function readFixture(name: string): readonly FixtureEntry[] {
  const text = readFileSync(new URL(`../fixtures/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export interface Answer {
  readonly result: ExecutionResult;
  readonly context: Context;
}

/** The schema over a store, without a server: what a test asks is run as the server would run it. */
export interface GatewaySchema {
  readonly store: Store;
  readonly services: Services;
  put(key: string, value: string): Promise<Revision>;
  /** Each of them without its prefix `lochness/`, in one commit. */
  putAll(entries: Readonly<Record<string, string>>): Promise<Revision>;
  remove(key: string): Promise<Revision>;
  load(entries: readonly FixtureEntry[], leaseSeconds?: number): Promise<void>;
  run(document: string, options?: RunOptions): Promise<Answer>;
  /** The data of an operation that must succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its expectation.
  query(document: string, options?: RunOptions): Promise<any>;
  /** Codes and fields of the errors, in order. */
  errorsOf(document: string, options?: RunOptions): Promise<readonly object[]>;
  newContext(options?: RunOptions): Context;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly at?: Revision;
  readonly idempotencyKey?: string | null;
}

export const schema = buildSchema();
export const prefix = 'lochness/';

export interface GatewaySchemaOptions {
  readonly fixtures?: readonly string[];
  /** A memory store of its own when it is left out. */
  readonly store?: Store;
  /** Reads what its own store holds in this process; else each operation reads the store itself. */
  readonly withCatalog?: boolean;
  /** The same of a store that is given. */
  readonly memory?: Memory | null;
  readonly log?: Logger;
  /** Counts from 1 when it is left out. */
  readonly newId?: () => string;
  readonly agentPort?: number;
  readonly agentTimeoutMs?: number;
}

const writesPerCommit = 100;

/** The clock stands still there, so that revisions are the same in each run and no lease runs out. */
const firstRevision = 1000;

export async function openGatewaySchema(options: GatewaySchemaOptions = {}): Promise<GatewaySchema> {
  const { fixtures = [], log = silentLog, memory = null, agentPort, agentTimeoutMs } = options;
  const own = openMemoryStore({ log, now: () => firstRevision });
  const { store = own } = options;
  const services = openServices({
    store,
    memory: options.withCatalog === true ? own.memory : memory,
    prefix,
    log,
    now: () => new Date(0),
    newId: options.newId ?? countingIds(),
    random: randomFrom(1),
    ...(agentPort === undefined ? {} : { agentPort }),
    ...(agentTimeoutMs === undefined ? {} : { agentTimeoutMs }),
  });

  await services.catalog?.loaded;

  async function commit(writes: readonly Write[]): Promise<Revision> {
    const { revision } = await store.commit({ compares: [], writes });
    return revision;
  }

  function newContext({ at, idempotencyKey = null }: RunOptions = {}): Context {
    const { signal } = new AbortController();
    return createContext(services, { signal, viewer: everybody, idempotencyKey, ...(at === undefined ? {} : { at }) });
  }

  const gateway: GatewaySchema = {
    store,
    services,
    newContext,
    put: (key, value) => gateway.putAll({ [key]: value }),
    putAll: (entries) =>
      commit(
        Object.entries(entries).map(([key, value]) => ({
          type: 'put',
          key: keyFromText(prefix + key),
          value: Buffer.from(value),
        })),
      ),
    remove: (key) => commit([{ type: 'delete', range: { start: keyFromText(prefix + key) } }]),
    async load(entries, leaseSeconds = 120) {
      const lease = await store.grantLease(leaseSeconds);
      for (let from = 0; from < entries.length; from += writesPerCommit) {
        const chunk = entries.slice(from, from + writesPerCommit);
        await commit(
          chunk.map((entry) => ({
            type: 'put',
            key: keyFromText(entry.key),
            value: Buffer.from(entry.value),
            leaseId: entry.lease ? lease.id : null,
          })),
        );
      }
    },
    async run(document, runOptions = {}) {
      const context = newContext(runOptions);
      const parsed = parse(document);
      const errors = validate(schema, parsed);
      if (errors.length > 0) return { result: { errors }, context };
      const result = await execute({
        schema,
        document: parsed,
        contextValue: context,
        ...(runOptions.variables === undefined ? {} : { variableValues: runOptions.variables }),
      });
      return { result, context };
    },
    async query(document, runOptions) {
      const { result } = await gateway.run(document, runOptions);
      if (result.errors !== undefined) throw new AggregateError(result.errors, result.errors.map(String).join('\n'));
      // Plain objects: graphql-js answers objects without a prototype.
      return JSON.parse(JSON.stringify(result.data));
    },
    async errorsOf(document, runOptions) {
      const { result } = await gateway.run(document, runOptions);
      return (result.errors ?? []).map((error) => ({
        ...extensionsOf(error),
        ...(error.path === undefined ? {} : { path: error.path.join('.') }),
      }));
    },
    async close() {
      await services.changes.close();
      await services.agents.close();
      services.catalog?.close();
      await store.close();
    },
  };
  for (const fixture of fixtures) await gateway.load(readFixture(fixture));
  return gateway;
}

/** `00000000-0000-4000-8000-000000000001` and so on. */
function countingIds(): () => string {
  let count = 0;
  return () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`;
}

/** What the server puts into an error's extensions. */
function extensionsOf({ originalError, extensions }: { readonly originalError?: unknown; readonly extensions: object }): object {
  if (originalError instanceof GatewayError) return { code: originalError.code, ...originalError.details };
  return extensions;
}
