import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';

let store: Store;
let gateway: Gateway;
beforeAll(async () => {
  store = openMemoryStore({ log: silentLog });
  gateway = await startGateway({ store, schema, limits: { batch: 3, bodyBytes: 4000 } });
});
afterAll(async () => {
  await gateway.stop();
  await store.close();
});

const createNetwork = 'mutation ($id: ID!) { createNetwork(input: { id: $id }) { network { id } } }';
const id = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;

describe('A batch', () => {
  it('is answered in its order, with what those before have done, each at a revision of its own', async () => {
    const count = { query: '{ cluster { networkCount } }' };
    const response = await gateway.post([count, { query: createNetwork, variables: { id: id(1) } }, count]);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const answers = await response.json();
    expect(answers).toMatchObject([
      { data: { cluster: { networkCount: 0 } } },
      { data: { createNetwork: { network: { id: id(1) } } } },
      { data: { cluster: { networkCount: 1 } } },
    ]);
    const [before, made, after] = answers.map(({ extensions }: { extensions: { revision: string } }) =>
      Number(extensions.revision),
    );
    expect(before).toBeLessThan(made);
    expect(after).toBeGreaterThanOrEqual(made);
  });

  it('has the errors of each operation in its own answer', async () => {
    const batch = [
      { query: '{ unknown }' },
      { query: 'subscription { guestChanged { type } }' },
      { query: '{ revision }', extensions: { cost: true } },
    ];
    const response = await gateway.post(batch, { accept: 'application/graphql-response+json' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    expect(await response.json()).toMatchObject([
      { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
      { errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'query' } }] },
      { data: { revision: expect.any(String) }, extensions: { cost: { cost: 1 } } },
    ]);
    const broken = await (await gateway.post([null, { query: 7 }, { query: '{ revision }', mode: 1 }])).json();
    expect(broken).toMatchObject([
      { errors: [{ extensions: { field: 'body' } }] },
      { errors: [{ extensions: { field: 'query' } }] },
      { errors: [{ extensions: { field: 'mode' } }] },
    ]);
  });

  it('does with an idempotency key each of its mutations once, however often it is sent', async () => {
    const batch = [2, 3].map((number) => ({ query: createNetwork, variables: { id: id(number) } }));
    const headers = { 'idempotency-key': 'two-networks' };
    const first = await (await gateway.post(batch, headers)).json();
    expect(first).toMatchObject([
      { data: { createNetwork: { network: { id: id(2) } } } },
      { data: { createNetwork: { network: { id: id(3) } } } },
    ]);
    expect((await (await gateway.post(batch, headers)).json())[0].data).toEqual(first[0].data);
  });

  it.each([
    [
      'with more operations than may be',
      Array.from({ length: 4 }, () => ({ query: '{ revision }' })),
      { code: 'QUERY_TOO_COMPLEX', cost: 4, limit: 3 },
    ],
    ['with none', [], { code: 'BAD_USER_INPUT', field: 'body' }],
  ])('%s is refused as a whole', async (_what, body, extensions) => {
    const response = await gateway.post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions }] });
  });

  it('that is longer than a body may be is refused as a whole', async () => {
    const response = await gateway.post(Array.from({ length: 2 }, () => ({ query: `{ revision } #${'x'.repeat(2000)}` })));
    expect(response.status).toBe(413);
  });

  it('of many operations is nothing that Node warns of', async () => {
    const inMemory = openMemoryStore({ log: silentLog });
    const large = await startGateway({ store: inMemory, schema, memory: inMemory.memory, limits: { batch: 50 } });
    const warnings: string[] = [];
    const note = ({ message }: Error) => warnings.push(message);
    process.on('warning', note);
    const batch = Array.from({ length: 50 }, (_, index) => ({ query: `{ a${index}: revision }` }));
    expect(await (await large.post(batch)).json()).toHaveLength(50);
    process.off('warning', note);
    expect(warnings).toEqual([]);
    await large.stop();
    await inMemory.close();
  });

  it('is not answered in parts', async () => {
    const response = await gateway.post([{ query: '{ revision }' }], { accept: 'text/event-stream' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('as JSON only');
  });

  it('is refused where there are none', async () => {
    const strict = await startGateway({ store, schema, limits: { batch: 0 } });
    const response = await strict.post([{ query: '{ revision }' }]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('takes no batches'), extensions: { field: 'body' } }],
    });
    await strict.stop();
  });
});
