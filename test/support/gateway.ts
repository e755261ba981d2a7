import { EventEmitter, once } from 'node:events';
import type { GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { openServices, type Services } from '../../src/context.ts';
import type { LogLevel } from '../../src/log.ts';
import type { Observer } from '../../src/observer.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server.ts';
import type { Memory } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { noTracer, type Tracer, traceFields } from '../../src/tracing/index.ts';

export interface GatewayOptions extends Partial<Omit<ServerOptions, 'services' | 'schema'>> {
  readonly store: Store;
  readonly schema: GraphQLSchema;
  readonly prefix?: string;
  /** Of the store. Default: each operation reads the store itself. */
  readonly memory?: Memory | null;
  readonly logLevel?: LogLevel;
  readonly eventLimit?: number;
  readonly agentTimeoutMs?: number;
  readonly agentPort?: number;
  readonly observer?: Observer;
  readonly tracer?: Tracer;
}

export interface Gateway extends RunningServer {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  readonly services: Services;
  readonly logLines: readonly LogLine[];
  /** The first log line with that message: one that is there, or the next that comes. */
  lineSaying(message: string): Promise<LogLine>;
  /** Sends an operation by POST and returns the whole answer. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Any request to /graphql, with a JSON body where one is given. */
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape; what is not there fails its expectation.
type Json = any;

export interface Answer {
  readonly data?: Json;
  readonly errors?: readonly { readonly message: string; readonly path?: readonly unknown[]; readonly extensions: Json }[];
  readonly extensions?: Json;
}

/** A gateway in this process, on a free port. The store stays the caller's to close, after `stop()`. */
export async function startGateway({ store, schema, prefix = 'lochness/', ...options }: GatewayOptions): Promise<Gateway> {
  const { logLevel = 'info', memory = null, eventLimit, agentTimeoutMs, agentPort, limits, observer, ...others } = options;
  const { tracer = noTracer, ...serverOptions } = others;
  const logLines: LogLine[] = [];
  const lines = new EventEmitter();
  function write(text: string): void {
    const line: LogLine = JSON.parse(text);
    logLines.push(line);
    lines.emit(line.msg, line);
  }
  const log = pino({ level: logLevel, base: null, mixin: () => traceFields(tracer) }, { write });
  const services = openServices({
    store,
    memory,
    prefix,
    log,
    tracer,
    ...(observer === undefined ? {} : { observer }),
    ...(eventLimit === undefined ? {} : { eventLimit }),
    ...(agentTimeoutMs === undefined ? {} : { agentTimeoutMs }),
    ...(agentPort === undefined ? {} : { agentPort }),
  });
  const server = await startServer({
    services,
    schema,
    host: '127.0.0.1',
    port: 0,
    // All tests of a file ask from one address, as fast as they can.
    limits: { requestsPerSecond: 0, ...limits },
    ...serverOptions,
  });

  async function post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  return {
    ...server,
    origin: new URL(server.url).origin,
    services,
    async stop() {
      await server.stop();
      await services.agents.close();
      services.catalog?.close();
    },
    logLines,
    async lineSaying(message) {
      const [line]: LogLine[] = logLines.filter(({ msg }) => msg === message);
      if (line !== undefined) return line;
      const [next]: LogLine[] = await once(lines, message);
      if (next === undefined) throw new Error(`No log line ${message}`);
      return next;
    },
    post,
    async ask(query, variables) {
      const response = await post({ query, variables });
      const answer: Answer = await response.json();
      return answer;
    },
  };
}
