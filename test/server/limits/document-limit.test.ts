import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { Documents } from '../../../src/server/documents.ts';
import { nestingLimit } from '../../../src/server/limits/document-limit.ts';
import { defaultLimits } from '../../../src/server/limits/index.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';
import { openEventSource } from '../../support/sse-client.ts';
import { openRawSocket, openSocketClient } from '../../support/ws-client.ts';

const limits = { documentBytes: 2000, documentTokens: 200, depth: 5, aliases: 3, cost: 1000 };

const repeated = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** For each limit, an operation that goes over it by one, and its count. */
const refused = [
  ['too long a text', `{ revision } #${'x'.repeat(1987)}`, 2001, 2000, '--document-limit-bytes'],
  ['too many tokens', `{ ${repeated(199, () => 'revision')} }`, 201, 200, '--document-token-limit'],
  ['too many levels', '{ networks { nodes { subnets { nodes { network { id } } } } } }', 6, 5, '--depth-limit'],
  ['too many aliases', '{ a: revision b: revision c: revision d: revision }', 4, 3, '--alias-limit'],
  [
    'too many levels in fragments',
    '{ networks { nodes { ...A } } } fragment A on Network { subnets { nodes { ...B } } } fragment B on Subnet { network { id } }',
    6,
    5,
    '--depth-limit',
  ],
  [
    'too many aliases in a fragment that is used again',
    '{ networks { nodes { ...A } edges { node { ...A } } } } fragment A on Network { x: id y: id }',
    4,
    3,
    '--alias-limit',
  ],
  ['too high a cost', '{ guests(first: 500) { nodes { id } } }', 1002, 1000, '--cost-limit'],
  ['too long an alias', `{ ${'a'.repeat(129)}: revision }`, 129, 128, ''],
  ['too long an alias in introspection', `{ __schema { types { fields { ${'a'.repeat(500)}: name } } } }`, 500, 128, ''],
  ['too long a name of a field', `{ ${'a'.repeat(129)} }`, 129, 128, ''],
  ['too long a name of a variable', `query ($${'a'.repeat(129)}: ID!) { node(id: $${'a'.repeat(129)}) { id } }`, 129, 128, ''],
] as const;

describe('An operation with', () => {
  let store: Store;
  let gateway: Gateway;
  beforeAll(async () => {
    store = openMemoryStore({ log: silentLog });
    gateway = await startGateway({ store, schema, limits });
  });
  afterAll(async () => {
    await gateway.stop();
    await store.close();
  });

  it.each(refused)('%s is refused by every way, and told what was counted', async (_what, query, cost, limit, option) => {
    const extensions = { code: 'QUERY_TOO_COMPLEX', cost, limit };
    const message = expect.stringMatching(new RegExp(`${cost}.*${limit}.*${option}`));
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const response = await gateway.post({ query }, { accept });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ errors: [{ message, extensions }] });
    }
    const byGet = await fetch(`${gateway.url}?${new URLSearchParams({ query })}`);
    expect([byGet.status, await byGet.json()]).toEqual([400, { errors: [{ message, extensions }] }]);
    const batch = await (await gateway.post([{ query }, { query: '{ revision }' }])).json();
    expect(batch).toMatchObject([{ errors: [{ message, extensions }] }, { data: {} }]);
    const events = await openEventSource(gateway.url, { query });
    expect(await events.next()).toMatchObject({ errors: [{ message, extensions }] });
    events.cut();
    const client = await openSocketClient(gateway.url);
    expect((await client.ask(query)).errors).toEqual([{ message, extensions }]);
    client.cut();
  });

  it('too long a name is not told that name', async () => {
    const { errors } = await gateway.ask(`{ ${'a'.repeat(1900)}: revision }`);
    expect(errors?.map(({ message }) => message)).toEqual([
      'The document has a name of 1900 characters, and may have at most 128',
    ]);
  });

  it('too long an id over WebSocket, which each event would repeat, closes that', async () => {
    for (const [length, code] of [
      [1000, 4409],
      [1001, 4400],
    ] as const) {
      const raw = await openRawSocket(gateway.url);
      raw.send({ type: 'connection_init' });
      await raw.receive();
      const message = { type: 'subscribe', id: 'x'.repeat(length), payload: { query: 'subscription { changes { id } }' } };
      raw.send(message);
      raw.send(message);
      expect((await raw.closed).code).toBe(code);
    }
  });

  it('as much as may be is answered', async () => {
    for (const query of [
      `{ revision } #${'x'.repeat(1986)}`,
      `{ ${repeated(198, () => 'revision')} }`,
      '{ networks(first: 1) { nodes { subnets(first: 1) { nodes { id } } } } }',
      '{ a: revision b: revision c: revision }',
      `{ ${'a'.repeat(128)}: revision }`,
      '{ guests(first: 499) { nodes { id } } }',
    ]) {
      expect((await gateway.ask(query)).errors).toBeUndefined();
    }
  });

  it('a cost is told of it where its request asks for that, and is executed all the same', async () => {
    const body = { query: '{ guests(first: 3) { nodes { id } } }', extensions: { cost: true } };
    const extensions = { cost: { cost: 8, limit: 1000 }, revision: expect.any(String) };
    expect(await (await gateway.post(body)).json()).toEqual({ data: { guests: { nodes: [] } }, extensions });
    const search = new URLSearchParams({ query: body.query, extensions: JSON.stringify(body.extensions) });
    expect(await (await fetch(`${gateway.url}?${search}`)).json()).toMatchObject({ extensions });
    const streamed = await gateway.post(body, { accept: 'text/event-stream' });
    expect(await streamed.text()).toContain('"cost":{"cost":8,"limit":1000}');
    const client = await openSocketClient(gateway.url);
    const answer = await new Promise((resolve, reject) => {
      client.client.subscribe(body, { next: resolve, error: reject, complete: () => undefined });
    });
    expect(answer).toMatchObject({ extensions });
    client.cut();
    expect(await gateway.ask(body.query)).toEqual({
      data: { guests: { nodes: [] } },
      extensions: { revision: expect.any(String) },
    });
  });

  it('too high a cost by its variables is refused, and with others answered', async () => {
    const query = 'query ($first: Int) { guests(first: $first) { nodes { id } } }';
    expect((await gateway.ask(query, { first: 499 })).errors).toBeUndefined();
    expect((await gateway.ask(query, { first: 500 })).errors).toMatchObject([{ extensions: { cost: 1002 } }]);
    expect((await gateway.ask(query, { first: 499 })).errors).toBeUndefined();
  });

  it('too expensive an event keeps a subscription from beginning', async () => {
    const query = 'subscription { changes { node { ... on Network { guests(first: 1000) { nodes { id } } } } } }';
    const refused = {
      message:
        'Each event of the subscription has a cost of 2004, and may have at most 20 (--cost-limit): that is 1/50 of what a query may have; ask for less of each event, and for the rest by a query',
      extensions: { code: 'QUERY_TOO_COMPLEX', cost: 2004, limit: 20 },
    };
    const events = await openEventSource(gateway.url, { query });
    expect(await events.next()).toMatchObject({ errors: [refused] });
    events.cut();
    const client = await openSocketClient(gateway.url);
    expect((await client.ask(query)).errors).toMatchObject([refused]);
    expect((await client.ask(query.replace('1000', '9'))).errors).toMatchObject([{ extensions: { cost: 22, limit: 20 } }]);
    client.cut();
  });

  it('a circle of fragments is refused for that, whatever it would stand for', async () => {
    const query =
      '{ networks { nodes { ...A } } } fragment A on Network { x: id subnets { nodes { network { ...A ...B } } } } fragment B on Network { ...A }';
    const { errors } = await gateway.ask(query);
    expect(errors?.map(({ extensions }) => extensions.code)).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(errors?.[0]?.message).toContain('Cannot spread fragment "A" within itself');
  });
});

/** As many levels as are answered, and a document of so many, the innermost of which is a field. Named fragments reach another limit first. */
const nestedFragments: Readonly<Record<string, readonly [number, (levels: number) => string]>> = {
  'inline fragments': [nestingLimit, (levels) => `{ ${'... { '.repeat(levels - 1)}revision${' }'.repeat(levels - 1)} }`],
  'named fragments': [
    200,
    (levels) =>
      `{ ...F2 } ${repeated(levels - 2, (index) => `fragment F${index + 2} on Query { ...F${index + 3} }`)} fragment F${levels} on Query { revision }`,
  ],
};

describe.each(Object.entries(nestedFragments))('A document of nested %s', (_what, [answered, nested]) => {
  let store: Store;
  beforeAll(() => {
    store = openMemoryStore({ log: silentLog });
  });
  afterAll(() => store.close());

  it.each([true, false])('is answered with as many levels as may be, however it is executed (by a plan: %s)', async (jit) => {
    const gateway = await startGateway({ store, schema, jit });
    onTestFinished(() => gateway.stop());
    const query = nested(answered);
    for (let asked = 0; asked < 3; asked++) expect((await gateway.ask(query)).data).toEqual({ revision: expect.any(String) });
    const events = await openEventSource(gateway.url, { query });
    expect(await events.next()).toMatchObject({ data: { revision: expect.any(String) } });
    events.cut();
    const client = await openSocketClient(gateway.url);
    expect((await client.ask(query)).data).toEqual({ revision: expect.any(String) });
    client.cut();
  });

  it.each([nestingLimit + 1, 1600])('is refused with %i levels', async (levels) => {
    const gateway = await startGateway({ store, schema, limits: { documentTokens: 20_000 } });
    onTestFinished(() => gateway.stop());
    const response = await gateway.post({ query: nested(levels) });
    expect(response.status).toBe(400);
    const extensions = { code: 'QUERY_TOO_COMPLEX', cost: levels, limit: nestingLimit };
    expect(await response.json()).toMatchObject({ errors: [{ extensions }] });
  });
});

describe('A document that would take long to validate', () => {
  const documents = new Documents(schema, defaultLimits);
  /** Each is as large as its shape may be under the limit of tokens. */
  const attacks: Readonly<Record<string, string>> = {
    'one field again and again': `{ cluster { ${repeated(9_990, () => 'guestCount')} } }`,
    'one field with arguments again and again': `{ ${repeated(600, () => 'guests(first: 1, filter: { name: "a" }) { totalCount }')} }`,
    'fields that are merged on each level': `{ ${repeated(500, () => 'guests { nodes { network { guests { nodes { id } } } } }')} }`,
    'many fragments at one place': `{ ${repeated(700, (index) => `...F${index}`)} } ${repeated(700, (index) => `fragment F${index} on Query { revision }`)}`,
    'many fragments in each of many fields': `{ ${repeated(60, () => `guests { ${repeated(50, (index) => `...G${index}`)} }`)} } ${repeated(50, (index) => `fragment G${index} on GuestConnection { totalCount }`)}`,
    'fragments that double each other': `{ ...F0 } ${repeated(40, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)} fragment F40 on Query { revision }`,
    'fragments that double each other under names of their own': `{ ...F0 } ${repeated(19, (index) => `fragment F${index} on Network { subnets { nodes { network { ...F${index + 1} } } } guests { nodes { network { ...F${index + 1} } } } }`)} fragment F19 on Network { id }`,
    'the same of introspection': `{ __schema { types { ...F0 } } } ${repeated(30, (index) => `fragment F${index} on __Type { ...F${index + 1} ...F${index + 1} }`)} fragment F30 on __Type { fields { name } }`,
    'unused fragments': `{ revision } ${repeated(60, (index) => `fragment F${index} on Query { ${repeated(60, () => 'revision')} }`)}`,
  };

  it.each(Object.entries(attacks))('is refused before: %s', (_what, text) => {
    const before = documents.size;
    expect(() => documents.errorsOf(documents.parse(text))).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }) }),
    );
    expect(documents.size).toBe(before);
  });

  it('has its tokens counted no further than they may be', () => {
    expect(() => documents.parse('{'.repeat(131_072))).toThrow(
      'The document has 10001 tokens or more, and may have at most 10000 (--document-token-limit)',
    );
  });

  it('is not looked at where it is hidden behind another fragment of the same name', () => {
    const hidden = repeated(480, (index) => `node(id: "${index}") { id }`);
    const text = `{ ...A } fragment A on Query { ${hidden} } fragment A on Query { __typename }`;
    const messages = documents.errorsOf(documents.parse(text)).map(({ message }) => message);
    expect(messages).toEqual(['There can be only one fragment named "A".']);
  });
});

describe('The documents that are kept', () => {
  it('are those alone that were found to fit', () => {
    const documents = new Documents(schema, defaultLimits);
    const ask = (text: string) => documents.errorsOf(documents.parse(text));
    expect(ask('{ revision }')).toEqual([]);
    expect(documents.size).toBe(1);
    for (let index = 0; index < 50; index++) {
      expect(ask(`{ unknown${index} }`)).toHaveLength(1);
      expect(ask(`{ ...A } fragment A on Query { ...A a${index}: revision }`)).not.toHaveLength(0);
      expect(() => ask(`{ ${repeated(201, (number) => `a${index}_${number}: revision`)} }`)).toThrow('aliases');
    }
    expect(documents.size).toBe(1);
    expect(documents.parse('{ revision }')).toBe(documents.parse('{ revision }'));
  });
});
