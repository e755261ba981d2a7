import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { answerLimit } from '../../../src/server/limits/answer-size.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';
import { openEventSource } from '../../support/sse-client.ts';
import { openSocketClient } from '../../support/ws-client.ts';

const value = 'x'.repeat(64 * 1024);
const manyValues = Array.from({ length: 1100 }, (_, index) => `a${index}: value`).join(' ');
const ids = Array.from({ length: 1000 }, () => 'config:large');
const twice = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ConfigEntry { a: value b: value } } }';
const once = twice.replace('b: value', '');

const refused = {
  message: expect.stringMatching(`^The answer has 67\\d+ characters or more, and may have at most ${answerLimit}: ask for`),
  extensions: { code: 'QUERY_TOO_COMPLEX', cost: expect.any(Number), limit: answerLimit },
};

describe('An answer that is longer than one may be', () => {
  let store: ReturnType<typeof openMemoryStore>;
  let gateway: Gateway;
  beforeAll(async () => {
    store = openMemoryStore({ log: silentLog });
    gateway = await startGateway({ store, memory: store.memory, schema, limits: { aliases: 2000 } });
    await gateway.ask('mutation ($value: String!) { setConfig(key: "large", value: $value) { entry { id } } }', { value });
  });
  afterAll(async () => {
    await gateway.stop();
    await store.close();
  });

  it('is refused over HTTP, where the same node is asked for again and again', async () => {
    const response = await gateway.post({ query: twice, variables: { ids } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ data: null, errors: [refused] });
    expect(gateway.logLines.at(-1)).toMatchObject({ msg: 'operation', errors: { QUERY_TOO_COMPLEX: 1 } });
  });

  it('is given where it is as long as one may be', async () => {
    const { data, errors } = await gateway.ask(once, { ids });
    expect(errors).toBeUndefined();
    expect(data.nodes).toHaveLength(1000);
  });

  it('is refused over a WebSocket, which stays open', async () => {
    const client = await openSocketClient(gateway.url);
    expect(await client.ask(twice, { ids })).toMatchObject({ data: null, errors: [refused] });
    expect((await client.ask('{ revision }')).errors).toBeUndefined();
    client.cut();
  });

  it('is refused as server-sent events', async () => {
    const events = await openEventSource(gateway.url, { query: twice, variables: { ids } });
    expect(await events.next()).toMatchObject({ data: null, errors: [refused] });
    events.cut();
  });

  it('is not made for the rest of a batch whose answers are too long together', async () => {
    const half = { query: once, variables: { ids: ids.slice(0, 200) } };
    const set = { query: 'mutation { setConfig(key: "batch", value: "x") { entry { id } } }' };
    const answers = await (await gateway.post([half, half, set])).json();
    expect(answers).toMatchObject([
      { data: {} },
      { data: {} },
      {
        errors: [
          {
            message: expect.stringMatching(
              /^The answers of the batch have \d+ bytes already, and may have at most 16777216: ask/,
            ),
            extensions: { code: 'QUERY_TOO_COMPLEX', limit: 16 * 1024 * 1024 },
          },
        ],
      },
    ]);
    expect((await gateway.ask('{ configEntry(key: "batch") { value } }')).data).toEqual({ configEntry: null });
  });

  it('of mutations says that they were done, and which were not', async () => {
    const query = `mutation ($value: String!) {
      set: setConfig(key: "other", value: $value) { entry { ${manyValues} } }
      not: setConfig(key: "", value: "") { entry { id } }
    }`;
    const { data, errors } = await gateway.ask(query, { value });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: ['not'], extensions: { code: 'BAD_USER_INPUT' } },
      { ...refused, extensions: { ...refused.extensions, outcome: 'DONE' } },
    ]);
    expect((await gateway.ask('{ configEntry(key: "other") { value } }')).data.configEntry.value).toBe(value);
  });

  it('is refused as an event, and the subscription goes on', async () => {
    const query = `subscription { changes(after: "1") { node { ... on ConfigEntry { key ${manyValues} } } } }`;
    const after = (await gateway.ask('{ revision }')).data.revision;
    const events = await openEventSource(gateway.url, { query: query.replace('"1"', JSON.stringify(after)) });
    await gateway.ask('mutation ($value: String!) { setConfig(key: "told", value: $value) { entry { id } } }', { value });
    expect(await events.next()).toMatchObject({ data: null, errors: [refused] });
    await gateway.ask('mutation { setConfig(key: "told", value: "short") { entry { id } } }');
    expect(await events.next()).toMatchObject({ data: { changes: { node: { key: 'told' } } } });
    events.cut();
  });
});
