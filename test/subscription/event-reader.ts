import { type ExecutionResult, GraphQLError, parse } from 'graphql';
import { everybody } from '../../src/auth/index.ts';
import type { Results } from '../../src/server/result-stream.ts';
import { SharedAnswers } from '../../src/server/shared-answers.ts';
import { runSubscription } from '../../src/server/subscription.ts';
import { type GatewaySchema, schema } from '../support/gateway-schema.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of an event, it says in its expectation.
type Event = any;

/** A subscription without a transport: what a test asks is run as the server would run it. */
export interface EventReader {
  /** The next answer, errors and all. */
  result(): Promise<ExecutionResult>;
  /** The next event, which must have no errors. */
  next(): Promise<Event>;
  /** So many events. */
  take(count: number): Promise<Event[]>;
  /** All that come until the stream ends well. */
  rest(): Promise<Event[]>;
  /** The extensions of the error that ends the stream; fails when an event comes first. */
  failure(): Promise<object>;
  /** The events that come before the error that ends the stream, and its extensions. */
  untilFailure(): Promise<{ readonly events: readonly Event[]; readonly extensions: object }>;
  /** The client goes away. */
  leave(): void;
  readonly results: Results;
}

export interface EventOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly answers?: SharedAnswers;
}

/** Fails with the extensions of its errors when it does not begin. */
export async function openEvents(gateway: GatewaySchema, document: string, options: EventOptions = {}): Promise<EventReader> {
  const client = new AbortController();
  const begun = await runSubscription({
    services: gateway.services,
    args: { schema, document: parse(document), variableValues: options.variables ?? {} },
    caller: {
      requestId: 'test',
      transport: 'websocket',
      traceparent: null,
      viewer: everybody,
      signal: client.signal,
      clientSignal: client.signal,
      idempotencyKey: null,
      accept: null,
    },
    answers: options.answers ?? new SharedAnswers(),
  });
  if (!('next' in begun)) throw new RefusedError((begun.errors ?? []).map(({ extensions }) => extensions));
  const results: Results = begun;

  async function result(): Promise<ExecutionResult> {
    const next = await results.next();
    if (next.done === true) throw new Error('The stream ended');
    // Plain objects: graphql-js answers objects without a prototype.
    return JSON.parse(JSON.stringify(next.value));
  }
  async function next(): Promise<Event> {
    const { data, errors } = await result();
    if (errors !== undefined) throw new Error(`An event with errors: ${JSON.stringify(errors)}`);
    const [event] = Object.values(data ?? {});
    return event;
  }
  async function take(count: number): Promise<Event[]> {
    const events: Event[] = [];
    while (events.length < count) events.push(await next());
    return events;
  }
  async function untilFailure() {
    const events: Event[] = [];
    try {
      for (;;) events.push(await next());
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { http: _http, ...extensions } = error.extensions;
      return { events, extensions };
    }
  }
  return {
    results,
    result,
    next,
    take,
    async rest() {
      const events: Event[] = [];
      for await (const { data } of results) events.push(...Object.values(JSON.parse(JSON.stringify(data))));
      return events;
    },
    async failure() {
      const { events, extensions } = await untilFailure();
      if (events.length > 0) throw new Error(`Before it failed came ${JSON.stringify(events)}`);
      return extensions;
    },
    untilFailure,
    leave: () => client.abort(),
  };
}

export class RefusedError extends Error {
  readonly extensions: readonly object[];

  constructor(extensions: readonly object[]) {
    super(JSON.stringify(extensions));
    this.extensions = extensions;
  }
}
