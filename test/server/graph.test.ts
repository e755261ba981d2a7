import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type GatewaySchema, openGatewaySchema, schema } from '../support/gateway-schema.ts';

const brokenId = '11111111-1111-4111-8111-111111111111';
const key = `lochness/guests/${brokenId}/metadata`;

let graph: GatewaySchema;
let gateway: Gateway;
beforeAll(async () => {
  graph = await openGatewaySchema({ fixtures: ['cluster-a'] });
  await graph.put(`guests/${brokenId}/metadata`, '{"id":');
  gateway = await startGateway({ store: graph.store, schema, debugExtensions: true });
});
afterAll(async () => {
  await gateway.stop();
  await graph.close();
});

describe('The graph over HTTP', () => {
  it('lists what it can, and names the record that it cannot read', async () => {
    const { data, errors, extensions } = await gateway.ask('{ guests { totalCount nodes { id } } }');
    expect(errors).toBeUndefined();
    expect(data.guests.totalCount).toBe(12);
    expect(extensions).toMatchObject({
      warnings: [{ code: 'BROKEN_RECORD', key, reason: expect.any(String) }],
      store: { requests: 1 },
    });
  });

  it('says of a node that is asked for by its id why it is null', async () => {
    const { data, errors } = await gateway.ask('query ($id: ID!) { guest(id: $id) { id } }', { id: brokenId });
    expect(data).toEqual({ guest: null });
    expect(errors).toMatchObject([{ path: ['guest'], extensions: { code: 'BROKEN_RECORD', key } }]);
  });

  it.each([
    ['a malformed id', '{ guest(id: "x") { id } }'],
    ['a page that is too long', '{ guests(first: 1001) { totalCount } }'],
    ['a literal that is no address', '{ guests(filter: { ip: "300.1.1.1" }) { totalCount } }'],
    ['a revision that there can not be', 'query @at(revision: "0") { revision }'],
    ['a revision above the newest', 'query @at(revision: "9000000000000000") { revision }'],
    ['the same, although nothing is read', 'query @at(revision: "9000000000000000") { cluster { store { kind } } }'],
  ])('refuses %s as bad input, and names the argument', async (_what, query) => {
    const { errors } = await gateway.ask(query);
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', field: expect.stringMatching(/^(id|first|ip|revision)$/) } },
    ]);
  });

  it('refuses the same in a variable', async () => {
    const { errors } = await gateway.ask('query ($ip: IPAddress) { guests(filter: { ip: $ip }) { totalCount } }', {
      ip: '300.1.1.1',
    });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'ip' } }]);
  });

  it('shows the past under @at', async () => {
    const { revision } = (await gateway.ask('{ revision }')).data;
    await graph.put('config/greeting', 'hello');
    const query = `query @at(revision: "${revision}") { configEntry(key: "greeting") { value } }`;
    expect(await gateway.ask(query)).toMatchObject({ data: { configEntry: null }, extensions: { revision } });
    const now = await gateway.ask('{ configEntry(key: "greeting") { value } }');
    expect(now).toMatchObject({ data: { configEntry: { value: 'hello' } } });
  });
});
