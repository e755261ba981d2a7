import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';
import { transportSchema } from './transport-schema.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const store = openMemoryStore({ log: silentLog, now: () => 100 });
  closing.push(() => store.close());
  const value = Buffer.from('one');
  await store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value }] });
  const gateway = await startGateway({ schema: transportSchema(), ...options, store });
  closing.push(() => gateway.stop());
  return gateway;
}

async function openClient(gateway: Gateway) {
  const client = await openSocketClient(gateway.url);
  closing.push(() => client.client.dispose());
  return client;
}

async function openRaw(gateway: Gateway) {
  const raw = await openRawSocket(gateway.url);
  closing.push(() => raw.socket.terminate());
  raw.send({ type: 'connection_init' });
  expect(await raw.receive()).toEqual({ type: 'connection_ack' });
  return raw;
}

/** A gateway whose field `wait` waits: `started` lists the contexts of those that began, in order. */
async function openWaiting(options: Partial<GatewayOptions> = {}) {
  const started: Context[] = [];
  const arrivals: ((context: Context) => void)[] = [];
  const gates: ((value: string) => void)[] = [];
  const gate = (context: Context): Promise<string> => {
    started.push(context);
    arrivals.shift()?.(context);
    const { promise, resolve } = new Deferred<string>();
    gates.push(resolve);
    return promise;
  };
  const gateway = await open({ ...options, schema: transportSchema({ gate }) });
  return {
    gateway,
    started,
    /** The context of the next operation that begins. */
    next: () => new Promise<Context>((resolve) => arrivals.push(resolve)),
    /** Lets the operation go that began as the given one. */
    release: (index: number, value = 'done') => gates[index]?.(value),
  };
}

const aborted = ({ signal }: Context): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())));

const sink = { next: () => undefined, error: () => undefined, complete: () => undefined };

describe('An operation over WebSocket', () => {
  it.each([
    ['data, and the revision', '{ a: value(key: "a") revision }'],
    ['an older revision', 'query @at(revision: "100") { value(key: "a") revision }'],
    ['a revision by a variable', 'query ($at: Revision!) @at(revision: $at) { revision }', { at: '100' }],
    ['a revision that is not reached yet', 'query @at(revision: "999") { value(key: "a") }'],
    ['a revision that is gone', 'query @at(revision: "99") { value(key: "a") }'],
    ['a revision that is none', 'query @at(revision: "x") { value(key: "a") }'],
    ['warnings', '{ broken(count: 102) }'],
    ['an error beside data', '{ fail(code: "NOT_FOUND") count }'],
    ['no data at all', '{ failWhole }'],
    ['a mutation', 'mutation { fail(code: "CONFLICT") }'],
    ['a masked error', '{ crash }'],
    ['no GraphQL', '{'],
    ['a field that is none', '{ cuont }'],
    ['too many words', `{ ${'a '.repeat(10_000)} }`],
    ['a variable that does not fit', 'query ($n: Int!) { count(of: $n) }', { n: 'three' }],
    ['a variable that is missing', 'query ($n: Int!) { count(of: $n) }'],
    ['one operation of two', 'query A { count } query B { count(of: 5) }', {}, 'B'],
    ['an operation that is not there', 'query A { count }', {}, 'B'],
    ['two operations and no name', 'query A { count } query B { count }'],
    ['two operations that do not fit, and no name', 'query A { cuont } query B { cuont }'],
    ['no operation', 'fragment F on Query { count }'],
    ['a subscription, which the schema does not have', 'subscription { count }'],
  ])('has the same answer as over HTTP: %s', async (_what, query, variables = {}, operationName = undefined) => {
    const gateway = await open({ debugExtensions: true });
    const overHttp = await (await gateway.post({ query, variables, operationName })).json();
    const client = await openClient(gateway);
    expect(withoutIds(await client.ask(query, variables, operationName))).toEqual(withoutIds(overHttp));
  });

  it('may have an empty name, for the only one', async () => {
    const raw = await openRaw(await open());
    raw.send({ id: '1', type: 'subscribe', payload: { query: 'query A { count }', operationName: '' } });
    expect(await raw.receive()).toEqual({ id: '1', type: 'next', payload: { data: { count: 3 } } });
    expect(await raw.receive()).toEqual({ id: '1', type: 'complete' });
  });

  it('is refused by one error message, and nothing behind it, when its document is', async () => {
    const raw = await openRaw(await open());
    raw.send({ id: '1', type: 'subscribe', payload: { query: '{ cuont }' } });
    raw.send({ type: 'ping' });
    expect(await raw.receive()).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    expect(await raw.receive()).toEqual({ type: 'pong' });
  });

  it('is logged as over HTTP, under the id of its socket and its own', async () => {
    const gateway = await open();
    const raw = await openRawSocket(gateway.url, { headers: { 'x-request-id': 'page-7' } });
    raw.send({ type: 'connection_init' });
    raw.send({
      id: 'one',
      type: 'subscribe',
      payload: { query: 'query Find($k: String!) { value(key: $k) }', variables: { k: 'swordfish' } },
    });
    raw.send({ id: 'two', type: 'subscribe', payload: { query: '{' } });
    raw.send({ id: 'no\nid', type: 'subscribe', payload: { query: '{ count }' } });
    raw.socket.close();
    await raw.closed;
    expect(gateway.logLines).toMatchObject([
      { requestId: 'page-7/one', msg: 'operation', operation: 'Find', kind: 'query', revision: 101, storeRequests: 1 },
      { requestId: 'page-7/two', msg: 'document refused', errors: { GRAPHQL_PARSE_FAILED: 1 } },
      { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), msg: 'operation' },
    ]);
    expect(JSON.stringify(gateway.logLines)).not.toContain('swordfish');
  });

  it('does not wait for those before it on its socket', async () => {
    const { gateway, next, release } = await openWaiting();
    const client = await openClient(gateway);
    const began = next();
    const slow = client.ask('{ wait }');
    await began;
    expect(await client.ask('{ count }')).toEqual({ data: { count: 3 } });
    release(0);
    expect(await slow).toEqual({ data: { wait: 'done' } });
  });

  it('is refused beyond the limit of its socket, until another one is over', async () => {
    const { gateway, next, release } = await openWaiting({ limits: { socketOperations: 1 } });
    const client = await openClient(gateway);
    const began = next();
    const first = client.ask('{ wait }');
    await began;
    expect(await client.ask('{ count }')).toEqual({
      errors: [{ message: expect.stringContaining('1 operations'), extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 } }],
    });
    expect(await (await openClient(gateway)).ask('{ count }')).toEqual({ data: { count: 3 } });
    release(0);
    await first;
    expect(await client.ask('{ count }')).toEqual({ data: { count: 3 } });
  });
});

describe('A client that gives up', () => {
  it('an operation aborts that one, and no other of its socket', async () => {
    const { gateway, next, release } = await openWaiting();
    const client = await openClient(gateway);
    const firstBegan = next();
    const cancel = client.client.subscribe({ query: 'query Given { wait }' }, sink);
    const given = await firstBegan;
    const secondBegan = next();
    const kept = client.ask('query Kept { wait }');
    const { signal } = await secondBegan;
    cancel();
    await aborted(given);
    release(0);
    expect(await gateway.lineSaying('operation')).toMatchObject({ operation: 'Given', aborted: true });
    release(1);
    expect(await kept).toEqual({ data: { wait: 'done' } });
    expect(signal.aborted).toBe(false);
  });

  it.each([
    ['closes the socket', (client: Awaited<ReturnType<typeof openClient>>) => client.client.dispose()],
    ['is cut off', (client: Awaited<ReturnType<typeof openClient>>) => client.cut()],
  ])('all of them when it %s', async (_how, leave) => {
    const { gateway, started, next, release } = await openWaiting();
    const client = await openClient(gateway);
    for (let index = 0; index < 2; index++) {
      const began = next();
      client.client.subscribe({ query: '{ wait }' }, sink);
      await began;
    }
    await leave(client);
    await Promise.all(started.map(aborted));
    release(0);
    release(1);
  });

  it('may use the id of the operation at once, and never gets the answer of the one that had it', async () => {
    const { gateway, next, release } = await openWaiting();
    const raw = await openRaw(gateway);
    const ask = { id: '1', type: 'subscribe', payload: { query: '{ wait }' } };
    const firstBegan = next();
    raw.send(ask);
    await firstBegan;
    const secondBegan = next();
    raw.send({ id: '1', type: 'complete' });
    raw.send(ask);
    await secondBegan;
    release(0, 'first');
    await gateway.lineSaying('operation');
    release(1, 'second');
    expect(await raw.receive()).toEqual({ id: '1', type: 'next', payload: { data: { wait: 'second' } } });
    expect(await raw.receive()).toEqual({ id: '1', type: 'complete' });
  });

  it('an operation whose answer it does not read is told so when it uses the id again', async () => {
    const { gateway, next, release } = await openWaiting();
    const raw = await openRaw(gateway);
    const ask = { id: '1', type: 'subscribe', payload: { query: '{ wait }' } };
    const began = next();
    raw.send(ask);
    await began;
    raw.socket.pause();
    // More than lies in the buffers of two operating systems.
    release(0, 'x'.repeat(32 * 1024 * 1024));
    await gateway.lineSaying('operation');
    raw.send({ id: '1', type: 'complete' });
    raw.send(ask);
    raw.socket.resume();
    expect(await raw.closed).toEqual({ code: 4409, reason: 'Subscriber for 1 already exists' });
  });

  it('nothing, once the answer is out', async () => {
    const { gateway, started, next, release } = await openWaiting();
    const client = await openClient(gateway);
    const began = next();
    const asked = client.ask('{ wait }');
    await began;
    release(0);
    await asked;
    await client.client.dispose();
    await gateway.stop();
    expect(started.map(({ signal }) => signal.aborted)).toEqual([false]);
  });
});

/** An answer without what is different each time: the ids of masked errors. */
function withoutIds(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value) => (key === 'id' ? 'some id' : value));
}
