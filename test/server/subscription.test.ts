import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { keyFromText } from '../../src/store/range.ts';
import type { Revision, Store } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { type Answer, type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { guestRecord, jobRecord } from '../support/record.ts';
import { openEventSource } from '../support/sse-client.ts';
import { storeWith } from '../support/store-with.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';
import { exchange } from './raw-http.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Opened extends Gateway {
  readonly store: Store;
  /** Puts `config/<name>`. */
  put(name: string, value?: string): Promise<Revision>;
}

async function open(options: Partial<GatewayOptions> = {}, wrap = (store: Store) => store): Promise<Opened> {
  const bare = openMemoryStore({ log: silentLog, now: () => 100 });
  closing.push(() => bare.close());
  const store = wrap(bare);
  const gateway = await startGateway({ schema, ...options, store });
  closing.push(() => gateway.stop());
  return {
    ...gateway,
    store,
    async put(name, value = '') {
      const key = keyFromText(`lochness/config/${name}`);
      return (await store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] })).revision;
    },
  };
}

const query = 'subscription ($after: EventCursor, $until: Revision) { changes(after: $after, until: $until) { id cursor } }';

/** A subscription as a client of one of the transports sees it. */
interface Stream {
  /** The next answer; undefined when it ended well. An error that ends it comes as one, too. */
  next(): Promise<Answer | undefined>;
  /** Goes away in good order, and brutally. */
  leave(): unknown;
  cut(): unknown;
}

type Transport = (gateway: Gateway, variables: Readonly<Record<string, unknown>>, text?: string) => Promise<Stream>;

const overWebsocket: Transport = async (gateway, variables, text = query) => {
  const socket = await openSocketClient(gateway.url);
  closing.push(() => socket.client.dispose());
  const iterator = socket.client.iterate<Answer['data']>({ query: text, variables });
  return {
    async next() {
      try {
        const { done, value } = await iterator.next();
        return done === true ? undefined : JSON.parse(JSON.stringify(value));
      } catch (errors) {
        if (Array.isArray(errors)) return { errors };
        throw errors;
      }
    },
    leave: () => iterator.return?.(),
    cut: () => socket.cut(),
  };
};

const overServerSentEvents: Transport = async (gateway, variables, text = query) => {
  const stream = await openEventSource(gateway.url, { query: text, variables });
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  closing.push(() => stream.cut());
  return { next: () => stream.next(), leave: () => stream.cut(), cut: () => stream.cut() };
};

describe.each([
  ['WebSocket', overWebsocket],
  ['server-sent events', overServerSentEvents],
])('A subscription over %s', (_name, subscribe) => {
  it('brings each event with its cursor, and the revision that it was read at', async () => {
    const { put, ...gateway } = await open();
    const from = await put('a');
    const stream = await subscribe(gateway, { after: String(from) });
    for (const id of ['b', 'c']) {
      const revision = await put(id);
      expect(await stream.next()).toEqual({
        data: { changes: { id: `config:${id}`, cursor: `${revision}.0` } },
        extensions: { revision: String(revision) },
      });
    }
  });

  it.each([
    ['hypervisorHeartbeat', '{ status hypervisorId }', { status: 'ALIVE', hypervisorId: 'dddddddd-0000-4000-8000-000000000001' }],
    ['guestChanged', '{ type guest { state } }', { type: 'CREATED', guest: { state: 'UNPLACED' } }],
    ['guestStateChanged', '{ from to }', { from: null, to: 'UNPLACED' }],
    ['jobChanged', '{ type job { status } }', { type: 'CREATED', job: { status: 'NEW' } }],
    ['changes', '{ type kind }', { type: 'CREATED', kind: 'GUEST' }],
  ])('brings what %s tells', async (field, selection, event) => {
    const { store, put, ...gateway } = await open();
    const after = String(await put('a'));
    const stream = await subscribe(
      gateway,
      { after },
      `subscription ($after: EventCursor) { ${field}(after: $after) ${selection} }`,
    );
    const entries = {
      'guests/cccccccc-0000-4000-8000-000000000001/metadata': guestRecord(),
      'hypervisors/dddddddd-0000-4000-8000-000000000001/heartbeat': 'now',
      'jobs/77777777-0000-4000-8000-000000000001': jobRecord(),
    };
    const writes = Object.entries(entries).map(([key, value]) => ({
      type: 'put' as const,
      key: `lochness/${key}`,
      value: Buffer.from(value),
    }));
    await store.commit({ compares: [], writes });
    expect((await stream.next())?.data).toEqual({ [field]: event });
  });

  it('is refused where a directive would decide whether it begins', async () => {
    const stream = await subscribe(await open(), {}, 'subscription { changes @skip(if: true) { id } }');
    expect(await stream.next()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  });

  it('completes once a revision is passed', async () => {
    const { put, ...gateway } = await open();
    const from = await put('a');
    const until = await put('b');
    const stream = await subscribe(gateway, { after: String(from), until: String(until) });
    expect(await stream.next()).toMatchObject({ data: { changes: { id: 'config:b' } } });
    expect(await stream.next()).toBeUndefined();
  });

  it.each([
    ['a cursor that is not reached yet', { after: '999999.0' }, { code: 'BAD_USER_INPUT', field: 'after' }],
    ['a cursor that is none', { after: 'x' }, { code: 'BAD_USER_INPUT', field: 'after' }],
    ['history that is gone', { after: '1' }, { code: 'REVISION_COMPACTED', oldestRevision: 100 }],
  ])('is refused with one error for %s, and ends', async (_what, variables, extensions) => {
    const stream = await subscribe(await open(), variables);
    expect(await stream.next()).toMatchObject({ errors: [{ extensions }] });
    expect(await stream.next().catch(() => undefined)).toBeUndefined();
  });

  it('is refused with each error of its variables', async () => {
    const stream = await subscribe(await open(), { after: 'x', until: 'y' });
    expect(await stream.next()).toMatchObject({
      errors: [
        { extensions: { code: 'BAD_USER_INPUT', field: 'after' } },
        { extensions: { code: 'BAD_USER_INPUT', field: 'until' } },
      ],
    });
  });

  it('is refused when its document does not fit the schema', async () => {
    const stream = await subscribe(await open(), {}, 'subscription { changed { id } }');
    expect(await stream.next()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  });

  it('ends with SERVER_DRAINING and a place to go on from when the gateway stops', async () => {
    const { put, ...gateway } = await open();
    const from = await put('a');
    const stream = await subscribe(gateway, { after: String(from) });
    const revision = await put('b');
    await stream.next();
    const stopped = gateway.stop();
    expect(await stream.next()).toMatchObject({
      errors: [{ extensions: { code: 'SERVER_DRAINING', resumeAfter: String(revision) } }],
    });
    await stopped;
    expect(gateway.services.changes.streamCount).toBe(0);
  });

  it.each(['leave', 'cut'] as const)('is over for the gateway, which logs it, when its client goes away: %s', async (how) => {
    const { put, ...gateway } = await open();
    const from = await put('a');
    const stream = await subscribe(gateway, { after: String(from) });
    await put('b');
    await stream.next();
    expect(gateway.services.changes.streamCount).toBe(1);
    // It waits: nothing happens that would tell it.
    await stream[how]();
    expect(await gateway.lineSaying('operation')).toMatchObject({
      kind: 'subscription',
      operation: null,
      events: 1,
      aborted: true,
    });
    expect(gateway.services.changes.streamCount).toBe(0);
  });
});

describe('A subscription over HTTP', () => {
  it('whose client goes away while it begins is over, and told so', async () => {
    const [asked, watching] = [new Deferred(), new Deferred()];
    const gateway = await open({ logLevel: 'debug' }, (store) =>
      storeWith(store, {
        async watch(request) {
          asked.resolve();
          await watching.promise;
          return store.watch(request);
        },
      }),
    );
    const client = new AbortController();
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const body = JSON.stringify({ query });
    const opening = fetch(gateway.url, { method: 'POST', headers, body, signal: client.signal });
    await asked.promise;
    client.abort();
    await expect(opening).rejects.toThrow();
    await gateway.lineSaying('request');
    watching.resolve();
    expect(await gateway.lineSaying('operation')).toMatchObject({ aborted: true });
  });

  it('may come by GET, as an EventSource of a browser asks', async () => {
    const { put, ...gateway } = await open();
    const from = await put('a');
    const stream = await openEventSource(gateway.url, { query, variables: { after: String(from) } }, { method: 'GET' });
    closing.push(() => stream.cut());
    await put('b');
    expect(await stream.next()).toMatchObject({ data: { changes: { id: 'config:b' } } });
  });

  it('is answered as server-sent events to who takes anything', async () => {
    const { put, ...gateway } = await open();
    const stream = await openEventSource(
      gateway.url,
      { query, variables: { after: String(await put('a')) } },
      { headers: { accept: '*/*' } },
    );
    closing.push(() => stream.cut());
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  });

  it.each(['application/json', 'application/graphql-response+json'])('is not begun for who takes only %s', async (accept) => {
    const gateway = await open();
    const response = await gateway.post({ query }, { accept });
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'accept' } }] });
    expect(gateway.services.changes.streamCount).toBe(0);
  });
});

describe('Server-sent events', () => {
  it('leave the connection closed where their client asks for that', async () => {
    const { port } = await open();
    const search = new URLSearchParams({ query: '{ revision }' });
    const head = `GET /graphql?${search} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n`;
    const text = await exchange(port, head);
    expect(text).toMatch(/^connection: close\r$/im);
    expect(text).not.toMatch(/keep-alive/i);
    expect(text).toContain('"revision":');
  });
});

describe('A subscription of who takes only parts that are no events', () => {
  it.each(['multipart/mixed', 'multipart/*', 'multipart/mixed; boundary=graphql; subscriptionSpec=1.0'])(
    'is not begun, and refused in JSON: %s',
    async (accept) => {
      const gateway = await open();
      const response = await gateway.post({ query }, { accept });
      expect([response.status, response.headers.get('content-type')]).toEqual([406, 'application/json; charset=utf-8']);
      expect(await response.json()).toEqual({
        errors: [
          {
            message: `A subscription is answered as text/event-stream, or over WebSocket, not as ${accept}`,
            extensions: { code: 'BAD_USER_INPUT', field: 'accept' },
          },
        ],
      });
      expect(gateway.services.changes.streamCount).toBe(0);
    },
  );

  it('leaves queries to be answered so', async () => {
    const gateway = await open();
    const response = await gateway.post({ query: '{ __typename }' }, { accept: 'multipart/mixed' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'multipart/mixed; boundary="-"']);
    expect(await response.text()).toContain('{"data":{"__typename":"Query"}');
  });

  it('has no chunks in it for a client of HTTP/1.0, which does not know them', async () => {
    const { port } = await open();
    const body = '{"query":"{ __typename }"}';
    const head = `POST /graphql HTTP/1.0\r\nAccept: multipart/mixed\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    const text = await exchange(port, `${head}\r\n\r\n${body}`);
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text.split('\r\n\r\n')[1]).toMatch(/^\r\n---\r\n/);
  });
});

describe('Subscriptions on one WebSocket', () => {
  it('count as under way, and no more once they are over', async () => {
    const { put, ...gateway } = await open({ limits: { socketOperations: 1 } });
    const raw = await openRawSocket(gateway.url);
    closing.push(() => raw.socket.terminate());
    raw.send({ type: 'connection_init' });
    expect(await raw.receive()).toEqual({ type: 'connection_ack' });
    const after = String(await put('a'));
    await put('b');
    raw.send({ id: '1', type: 'subscribe', payload: { query, variables: { after } } });
    expect(await raw.receive()).toMatchObject({ id: '1', type: 'next' });
    raw.send({ id: '2', type: 'subscribe', payload: { query } });
    expect(await raw.receive()).toMatchObject({ id: '2', type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    raw.send({ id: '1', type: 'complete' });
    raw.send({ id: '2', type: 'subscribe', payload: { query, variables: { after } } });
    expect(await raw.receive()).toMatchObject({ id: '2', type: 'next' });
  });

  it('may be given up while an event is answered, and their ids used again', async () => {
    const reading = new Deferred();
    const answered = new Deferred();
    const { put, store, ...gateway } = await open({}, (bare) =>
      storeWith(bare, {
        async read(request) {
          if (request.at === undefined) return bare.read(request);
          reading.resolve();
          await answered.promise;
          return bare.read(request);
        },
      }),
    );
    const raw = await openRawSocket(gateway.url);
    closing.push(() => raw.socket.terminate());
    raw.send({ type: 'connection_init' });
    await raw.receive();
    const slow =
      'subscription ($after: EventCursor) { changes(after: $after) { node { ... on ConfigEntry { id } ... on Network { guests { totalCount } } } } }';
    const after = String(await put('a'));
    raw.send({ id: '1', type: 'subscribe', payload: { query: slow, variables: { after } } });
    const key = 'lochness/networks/aaaaaaaa-0000-4000-8000-000000000001/metadata';
    await store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from('{}') }] });
    await reading.promise;
    raw.send({ id: '1', type: 'complete' });
    raw.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { changes { id } }' } });
    await expect.poll(() => gateway.services.changes.streamCount).toBe(1);
    raw.send({ type: 'ping' });
    expect(await raw.receive()).toEqual({ type: 'pong' });
    answered.resolve();
    await put('b');
    expect(await raw.receive()).toMatchObject({ id: '1', type: 'next', payload: { data: { changes: { id: 'config:b' } } } });
    expect(gateway.services.changes.streamCount).toBe(1);
  });

  it('may be given up before they have begun, and their ids used again', async () => {
    const { put, ...gateway } = await open();
    const raw = await openRawSocket(gateway.url);
    closing.push(() => raw.socket.terminate());
    raw.send({ type: 'connection_init' });
    await raw.receive();
    const after = String(await put('a'));
    await put('b');
    for (let round = 0; round < 20; round++) {
      raw.send({ id: '1', type: 'subscribe', payload: { query } });
      raw.send({ id: '1', type: 'complete' });
    }
    raw.send({ id: '1', type: 'subscribe', payload: { query, variables: { after } } });
    expect(await raw.receive()).toMatchObject({ id: '1', type: 'next', payload: { data: { changes: { id: 'config:b' } } } });
    expect(gateway.services.changes.streamCount).toBe(1);
  });
});
