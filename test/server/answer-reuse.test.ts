import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { buildSchema } from '../../src/schema/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Memory } from '../../src/store/memory.ts';
import { keyFromText } from '../../src/store/range.ts';
import type { Revision } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { type TransportSchemaOptions, transportSchema } from './transport-schema.ts';

interface Opened {
  readonly gateway: Gateway;
  put(key: string, value: string): Promise<Revision>;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(options: Partial<GatewayOptions> & { readonly memory?: Memory | null } = {}): Promise<Opened> {
  let now = 100;
  const store = openMemoryStore({ log: silentLog, now: () => now++ });
  const gateway = await startGateway({ store, schema: transportSchema(), memory: store.memory, ...options });
  await gateway.services.catalog?.loaded;
  closing.push(async () => {
    await gateway.stop();
    await store.close();
  });
  return {
    gateway,
    async put(key, value) {
      const { revision } = await store.commit({
        compares: [],
        writes: [{ type: 'put', key: keyFromText(key), value: Buffer.from(value) }],
      });
      return revision;
    },
  };
}

const query = 'query Poll { value(key: "lochness/a") }';
const operations = ({ logLines }: Gateway) => logLines.filter(({ msg }) => msg === 'operation');
const isReused = (gateway: Gateway) => operations(gateway).map(({ reused }) => reused === true);

function get({ url }: Gateway, headers: Readonly<Record<string, string>> = {}, asked: string = query): Promise<Response> {
  return fetch(`${url}?${new URLSearchParams({ query: asked })}`, { headers });
}

/** A gate that tells who came, and lets all through together. */
function countedGate(): {
  gate: NonNullable<TransportSchemaOptions['gate']>;
  came: Promise<void>;
  open(): void;
  count(): number;
} {
  const came = new Deferred();
  const opened = new Deferred();
  let count = 0;
  return {
    async gate(context) {
      count++;
      came.resolve();
      await context.snapshot.revision();
      await Promise.race([
        opened.promise,
        new Promise((_resolve, reject) => context.signal.addEventListener('abort', () => reject(new Error('gave up')))),
      ]);
      return 'through';
    },
    came: came.promise,
    open: () => opened.resolve(),
    count: () => count,
  };
}

describe('A query that is asked again', () => {
  it('is answered byte for byte the same, by what was answered, and each request has its own line in the log', async () => {
    const { gateway, put } = await open();
    await put('lochness/a', 'one');
    const first = await gateway.post({ query }, { 'x-request-id': 'first' });
    const second = await gateway.post({ query }, { 'x-request-id': 'second' });
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get('x-request-id')).toBe('second');
    expect(operations(gateway)).toMatchObject([
      { requestId: 'first', operation: 'Poll', kind: 'query', revision: expect.any(Number) },
      { requestId: 'second', operation: 'Poll', kind: 'query', revision: expect.any(Number), reused: true },
    ]);
  });

  it('is executed again when anything was committed meanwhile, and never mixes two revisions', async () => {
    const { gateway, put } = await open();
    for (const value of ['one', 'two', 'three']) {
      const revision = await put('lochness/a', value);
      const answers = await Promise.all([gateway.ask(query), gateway.ask(query), gateway.ask(query)]);
      for (const answer of answers) expect(answer).toEqual({ data: { value }, extensions: { revision: String(revision) } });
    }
  });

  it.each([
    ['other variables', { query: 'query ($n: Int!) { revision count(of: $n) }', variables: { n: 1 } }, { variables: { n: 2 } }],
    ['another operation', { query: 'query A { revision } query B { b: revision }', operationName: 'A' }, { operationName: 'B' }],
    ['another document', { query: '{ revision }' }, { query: '{ r: revision }' }],
  ])('is executed when it has %s', async (_what, body, other) => {
    const { gateway } = await open();
    await gateway.post(body);
    await gateway.post({ ...body, ...other });
    expect(isReused(gateway)).toEqual([false, false]);
  });

  it('is refused with a number beyond all numbers, whatever was answered to null in its place', async () => {
    const { gateway } = await open({ schema: buildSchema() });
    const ask = async (first: string) => {
      const body = `{"query": "query ($first: Int) { guests(first: $first) { totalCount } }", "variables": {"first": ${first}}}`;
      const headers = { 'content-type': 'application/json' };
      const { data, errors } = await (await fetch(gateway.url, { method: 'POST', headers, body })).json();
      return errors?.[0].extensions.code ?? data.guests.totalCount;
    };
    expect(await ask('null')).toBe(0);
    for (const number of ['1e999', '-1e999']) expect(await ask(number)).toBe('BAD_USER_INPUT');
    expect(await ask('null')).toBe(0);
    expect(isReused(gateway).at(-1)).toBe(true);
  });

  it.each([
    ['has errors', '{ revision fail(code: "NOT_FOUND") }'],
    ['is read at a chosen revision', 'query @at(revision: "100") { revision }'],
    ['reads nothing', '{ count }'],
    ['is a mutation', 'mutation { fail(code: "NOT_FOUND") }'],
  ])('is executed each time when it %s', async (_what, asked) => {
    const { gateway } = await open();
    for (const _time of [1, 2]) expect((await gateway.post({ query: asked })).headers.get('etag')).toBeNull();
    expect(isReused(gateway)).toEqual([false, false]);
  });

  it('is executed each time when it asks for what does not follow from the revision', async () => {
    const { gateway } = await open({ schema: buildSchema() });
    const fragment = 'query { cluster { ...F } } fragment F on Cluster { hypervisorCount store { kind } }';
    for (const _time of [1, 2]) expect((await gateway.post({ query: fragment })).headers.get('etag')).toBeNull();
    expect(isReused(gateway)).toEqual([false, false]);
  });

  it.each([
    ['the store is read directly', { memory: null }],
    ['answers say what they cost', { debugExtensions: true }],
  ])('is executed each time where %s', async (_what, options) => {
    const { gateway } = await open(options);
    for (const _time of [1, 2]) expect((await gateway.post({ query })).headers.get('etag')).toBeNull();
    expect(isReused(gateway)).toEqual([false, false]);
  });
});

describe('The ETag of an answer', () => {
  it('lets a poll cost nothing for as long as nothing is committed', async () => {
    const { gateway, put } = await open({ corsOrigins: ['https://dash.example'] });
    await put('lochness/a', 'one');
    const first = await get(gateway);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"\d+-[\w-]{43}-json"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    expect(first.headers.get('vary')).toBe('Origin, Accept');

    const second = await get(gateway, { 'if-none-match': tag, 'x-request-id': 'mine', origin: 'https://dash.example' });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    expect(Object.fromEntries(second.headers)).toMatchObject({
      'access-control-allow-origin': 'https://dash.example',
      'access-control-expose-headers': 'x-request-id, etag, retry-after, www-authenticate',
      'cache-control': 'private, no-cache',
      etag: tag,
      vary: 'Origin, Accept',
      'x-request-id': 'mine',
    });
    expect(isReused(gateway)).toEqual([false, true]);

    await put('lochness/a', 'two');
    const third = await get(gateway, { 'if-none-match': tag });
    expect(third.status).toBe(200);
    expect(third.headers.get('etag')).not.toBe(tag);
    expect(await third.json()).toMatchObject({ data: { value: 'two' } });
  });

  it('is found among others, and where a proxy made it weak', async () => {
    const { gateway } = await open();
    const tag = (await get(gateway)).headers.get('etag') ?? '';
    expect((await get(gateway, { 'if-none-match': `"other", W/${tag}` })).status).toBe(304);
    expect((await get(gateway, { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get(gateway, { 'if-none-match': '*' })).status).toBe(200);
  });

  it('is another one for each media type, and for each gateway', async () => {
    const { gateway } = await open();
    const { gateway: another } = await open();
    const accept = 'application/graphql-response+json';
    const tags = [await get(gateway), await get(gateway, { accept }), await get(another)].map(({ headers }) =>
      headers.get('etag'),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it('does not keep a POST from being answered', async () => {
    const { gateway } = await open();
    const tag = (await gateway.post({ query })).headers.get('etag') ?? '';
    const again = await gateway.post({ query }, { 'if-none-match': tag });
    expect(again.status).toBe(200);
    expect(again.headers.get('etag')).toBe(tag);
  });
});

describe('Queries that are asked at the same time', () => {
  const wait = 'query Wait { wait }';

  it('are executed once', async () => {
    const { gate, came, open: letThrough, count } = countedGate();
    const { gateway } = await open({ schema: transportSchema({ gate }) });
    const first = gateway.ask(wait);
    await came;
    const others = [gateway.ask(wait), gateway.ask(wait)];
    // They are there when another one that came behind them has been answered.
    await gateway.ask('{ revision }');
    letThrough();
    for (const answer of await Promise.all([first, ...others])) expect(answer.data).toEqual({ wait: 'through' });
    expect(count()).toBe(1);
    expect(operations(gateway).filter(({ reused }) => reused === true)).toHaveLength(2);
  });

  it('are answered when the client goes away for whom it is executed', async () => {
    const { gate, came, open: letThrough, count } = countedGate();
    const { gateway } = await open({ schema: transportSchema({ gate }) });
    const leaving = new AbortController();
    const headers = { 'content-type': 'application/json' };
    const first = fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query: wait }), signal: leaving.signal });
    await came;
    const second = gateway.ask(wait);
    await gateway.ask('{ revision }');
    leaving.abort();
    await expect(first).rejects.toThrow();
    await gateway.ask('{ revision }');
    letThrough();
    expect((await second).data).toEqual({ wait: 'through' });
    expect(count()).toBe(1);
  });

  it('are given up when all clients have gone away', async () => {
    const { gate, came } = countedGate();
    const { gateway } = await open({ schema: transportSchema({ gate }) });
    const leaving = new AbortController();
    const headers = { 'content-type': 'application/json' };
    const first = fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query: wait }), signal: leaving.signal });
    await came;
    leaving.abort();
    await expect(first).rejects.toThrow();
    expect(await gateway.lineSaying('operation')).toMatchObject({ operation: 'Wait', aborted: true });
  });

  it('are executed each for itself when the answer has errors', async () => {
    let count = 0;
    const started = new Deferred();
    const opened = new Deferred();
    const gate: TransportSchemaOptions['gate'] = async ({ snapshot }) => {
      count++;
      await snapshot.revision();
      started.resolve();
      await opened.promise;
      if (count === 1) throw new Error('only once');
      return 'through';
    };
    const { gateway } = await open({ schema: transportSchema({ gate }) });
    const first = gateway.ask(wait);
    await started.promise;
    const second = gateway.ask(wait);
    await gateway.ask('{ revision }');
    opened.resolve();
    expect((await first).errors).toHaveLength(1);
    expect(await second).toMatchObject({ data: { wait: 'through' } });
  });
});
