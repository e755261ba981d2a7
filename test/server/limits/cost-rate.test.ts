import { afterEach, describe, expect, it } from 'vitest';
import { everybody } from '../../../src/auth/index.ts';
import { silentLog } from '../../../src/log.ts';
import { costPerRequest, openAdmission } from '../../../src/server/limits/admission.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';
import { openEventSource } from '../../support/sse-client.ts';
import { openSocketClient } from '../../support/ws-client.ts';

const cheap = '{ revision }';
const page = (mark = 'a') => `{ ${mark}: guests(first: 1000) { nodes { id name } } }`;
const pageMore = 3;
const limited = { extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } };

describe('What something counts as, beside its request,', () => {
  const origin = { viewer: everybody, address: '10.0.0.1' };
  function open(requestsPerSecond: number, requestBurst: number) {
    const clock = { nowMs: 0 };
    const limits = { requestsPerSecond, requestBurst, sockets: 1 };
    return { clock, admission: openAdmission({ limits, nowMs: () => clock.nowMs }) };
  }

  it.each([
    [0, 0],
    [costPerRequest - 1, 0],
    [costPerRequest, 1],
    [3 * costPerRequest - 1, 2],
    [330_999, 330],
  ])('is one more for each full so many units: a cost of %d as %d', (cost, more) => {
    const { admission } = open(1e-6, 1000);
    expect(admission.refusalOfCost(origin, cost)).toBeNull();
    expect(admission.refusalOf(origin, 1000 - more)).toBeNull();
    expect(admission.refusalOf(origin)).not.toBeNull();
  });

  it('is a third of what may come at once, where it would be more: so whoever waits gets it', () => {
    const { admission, clock } = open(1, 15);
    expect(admission.refusalOf(origin, 10)).toBeNull();
    expect(admission.refusalOfCost(origin, 500_000)).toBeNull();
    const refused = admission.refusalOfCost(origin, 500_000);
    expect(refused?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 6, http: { status: 429 } });
    expect(refused?.message).toContain('this counts as 5 more');
    clock.nowMs += 6_000;
    // It comes as a request again.
    expect(admission.refusalOf(origin)).toBeNull();
    expect(admission.refusalOfCost(origin, 500_000)).toBeNull();
  });

  it('is nothing where one request may come at once, and where there is no limit', () => {
    const { admission } = open(1e-6, 1);
    expect(admission.refusalOf(origin)).toBeNull();
    expect(admission.refusalOfCost(origin, 500_000)).toBeNull();
    const { admission: unlimited } = open(0, 1);
    for (let count = 0; count < 100; count++) expect(unlimited.refusalOfCost(origin, 500_000)).toBeNull();
  });
});

/** A text of this length that is nobody else's, of a document that costs next to nothing. */
function longDocument(length: number, mark: string): string {
  return `{ revision } # ${mark}`.padEnd(length, '.');
}

describe('Whoever asks for more than he may, by what it costs,', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** Of a bucket so many requests are left, and none comes back while a test runs. */
  async function open(left: number, { inMemory = false, requestBurst = 60 } = {}) {
    const store = openMemoryStore({ log: silentLog });
    const limits = { requestsPerSecond: 1e-6, requestBurst, batch: requestBurst };
    const gateway = await startGateway({ store, schema, limits, memory: inMemory ? store.memory : null });
    const unlimited = await startGateway({ store, schema });
    await gateway.services.catalog?.loaded;
    closing.push(
      () => store.close(),
      () => unlimited.stop(),
      () => gateway.stop(),
    );
    const others = Array.from({ length: requestBurst - left }, () => ({ query: cheap }));
    if (others.length > 0) expect((await gateway.post(others)).status).toBe(200);
    return { gateway, unlimited };
  }

  it('is told when to come again, before anything is executed, and may still ask for less', async () => {
    const { gateway } = await open(2 * (1 + pageMore) + 3);
    expect((await gateway.post({ query: page() })).status).toBe(200);
    expect((await gateway.post({ query: page() })).status).toBe(200);
    const response = await gateway.post({ query: page(), extensions: { cost: true } });
    expect(response.status).toBe(429);
    const { errors, data, extensions } = await response.json();
    expect(errors).toMatchObject([limited]);
    expect(response.headers.get('retry-after')).toBe(String(errors[0].extensions.retryAfterSeconds));
    expect(data).toBeUndefined();
    expect(extensions).toEqual({ cost: { cost: 3002, limit: 500_000 } });
    expect(gateway.logLines.at(-1)).toMatchObject({ msg: 'operation', revision: null, errors: { RATE_LIMITED: 1 } });
    expect((await gateway.post({ query: cheap })).status).toBe(200);
    expect((await gateway.post({ query: cheap })).status).toBe(200);
    expect((await gateway.post({ query: cheap })).status).toBe(429);
  });

  it('gets the dearest operation that there may be, though it is more than a burst', async () => {
    const { gateway } = await open(4, { requestBurst: 4 });
    const searches = Array.from(
      { length: 49 },
      (_, index) => `a${index}: guests(first: 0, filter: { name: "x" }) { totalCount }`,
    );
    const query = `{ ${searches.map((search) => search.replaceAll(' ', '')).join(' ')} }`;
    expect((await gateway.ask(query)).errors).toBeUndefined();
    expect((await gateway.post({ query })).status).toBe(429);
  });

  it('has a mutation refused that then was not begun', async () => {
    const { gateway, unlimited } = await open(3);
    const create = (name: string) => `mutation { createNetwork(input: { metadata: { name: "${name}" } }) { network { id } } }`;
    expect((await gateway.ask(create('one'))).errors).toBeUndefined();
    const refused = await gateway.post({ query: create('two') });
    expect(refused.status).toBe(429);
    expect((await refused.json()).errors[0].extensions).not.toHaveProperty('outcome');
    const { data } = await unlimited.ask('{ networks { nodes { name } } }');
    expect(data.networks.nodes).toEqual([{ name: 'one' }]);
  });

  it('has each operation of a batch refused for itself', async () => {
    const { gateway } = await open(3 + pageMore + 1);
    const response = await gateway.post([{ query: page() }, { query: page('b') }, { query: cheap }]);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([
      { data: { a: { nodes: [] } } },
      { errors: [limited] },
      { data: { revision: expect.any(String) } },
    ]);
  });

  it.each(['text/event-stream', 'multipart/mixed'])('has it refused as %s too', async (accept) => {
    const { gateway } = await open(2 + pageMore);
    const headers = { accept };
    expect(await (await gateway.post({ query: page() }, headers)).text()).toContain('"nodes":[]');
    const refused = await gateway.post({ query: page() }, headers);
    expect(await refused.text()).toContain('RATE_LIMITED');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.any(String)]);
  });

  const dearEvents = 'subscription { changes { node { ... on Network { guests(first: 1000) { nodes { id } } } } } }';

  it('has a subscription counted for one event, by server-sent events', async () => {
    const { gateway } = await open(1 + 2 + 1);
    const first = await openEventSource(gateway.url, { query: dearEvents });
    expect(first.response.status).toBe(200);
    const second = await openEventSource(gateway.url, { query: dearEvents });
    expect(await second.next()).toMatchObject({ errors: [limited] });
    first.cut();
    second.cut();
  });

  it('has operations over a WebSocket counted the same', async () => {
    const { gateway } = await open(1 + pageMore + 3);
    const client = await openSocketClient(gateway.url);
    expect((await client.ask(page())).errors).toBeUndefined();
    expect((await client.ask(page('b'))).errors).toMatchObject([limited]);
    expect((await client.ask(dearEvents)).errors).toMatchObject([limited]);
    expect((await client.ask(cheap)).errors).toBeUndefined();
    client.cut();
  });

  it.each([
    ['over HTTP', 'application/json'],
    ['as server-sent events', 'text/event-stream'],
  ])('has a document that nobody sent before counted by its length, %s', async (_how, accept) => {
    const { gateway } = await open(14);
    const ask = async (query: string) => (await gateway.post({ query }, { accept })).text();
    const known = longDocument(5_000, 'known');
    expect(await ask(known)).toContain('"revision"');
    expect(await ask(known)).toContain('"revision"');
    // So 7 are left. What does not fit the schema is never known.
    expect(await ask(`{ revison } # ${'.'.repeat(3_000)}`)).toContain('revison');
    expect(await ask(longDocument(5_000, 'other'))).toContain('RATE_LIMITED');
    expect(await ask(`{ revison } # ${'.'.repeat(3_000)}`)).toContain('RATE_LIMITED');
    expect(await ask(known)).toContain('"revision"');
    expect(await ask(known)).toContain('RATE_LIMITED');
  });

  it('has a document of too many tokens counted by its length too', async () => {
    const { gateway } = await open(2 * 16);
    const query = '{'.repeat(15_000);
    const ask = async () => (await (await gateway.post({ query })).json()).errors;
    const tooComplex = { extensions: { code: 'QUERY_TOO_COMPLEX' } };
    expect(await ask()).toMatchObject([tooComplex]);
    expect(await ask()).toMatchObject([tooComplex]);
    expect(await ask()).toMatchObject([limited]);
  });

  it('has what is answered from memory counted as a request alone, and what others wait for once', async () => {
    const { gateway } = await open(6 + pageMore, { inMemory: true });
    const together = await Promise.all(Array.from({ length: 3 }, () => gateway.ask(page())));
    const later = [await gateway.ask(page()), await gateway.ask(page()), await gateway.ask(page())];
    expect([...together, ...later].flatMap(({ errors = [] }) => errors)).toEqual([]);
    expect((await gateway.post({ query: cheap })).status).toBe(429);
  });
});
