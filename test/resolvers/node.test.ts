import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, id, networkRecord, subnetRecord } from '../support/record.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a', 'edge'] });
  await gateway.putAll({
    [`networks/${id('a', 1)}/metadata`]: 'this is no JSON',
    [`subnets/${id('b', 1)}/metadata`]: subnetRecord(),
    [`guests/${id('b', 1)}/metadata`]: guestRecord(),
    // In upper case a network, in lower case a flavor.
    [`networks/${id('f', 1).toUpperCase()}/metadata`]: networkRecord(),
    [`flavors/${id('f', 1)}/metadata`]: flavorRecord(),
    [`networks/${id('e', 1).toUpperCase()}/metadata`]: networkRecord(),
  });
});

afterAll(() => gateway.close());

const ofEachKind = {
  '9ad590d2-8e5c-47ac-98b1-c331b320fbad': 'Network',
  '625d132a-7b2f-4a91-8818-0187742513d3': 'Subnet',
  '5058f1c0-086d-429d-9ee5-d2309b95e4b0': 'Hypervisor',
  'e7631e44-928f-48f6-a597-af302834dac9': 'Guest',
  '51e52341-e448-4632-a58b-1a6eee4b5d92': 'Flavor',
  'd009071e-8082-423f-90f0-54844f14ee5e': 'FirewallGroup',
  'vlan:42': 'VLAN',
  '0bb216ed-333f-4a69-9b61-22ba20d139c1': 'VLANGroup',
  'ca5caf97-5273-40c2-91fc-1b26548b0d0f': 'Job',
  'config:dhcp/dns/primary': 'ConfigEntry',
};

async function nodeOf(nodeId: string): Promise<unknown> {
  const { node } = await gateway.query('query ($id: ID!) { node(id: $id) { __typename id } }', { variables: { id: nodeId } });
  return node;
}

describe('node', () => {
  it.each(Object.entries(ofEachKind))('finds %s: a %s', async (nodeId, __typename) => {
    expect(await nodeOf(nodeId)).toEqual({ __typename, id: nodeId });
  });

  it('takes a UUID in any spelling', async () => {
    const expected = { __typename: 'Network', id: '9ad590d2-8e5c-47ac-98b1-c331b320fbad' };
    for (const spelling of [
      '9AD590D2-8E5C-47AC-98B1-C331B320FBAD',
      '{9ad590d2-8e5c-47ac-98b1-c331b320fbad}',
      'urn:uuid:9ad590d2-8e5c-47ac-98b1-c331b320fbad',
      '9ad590d28e5c47ac98b1c331b320fbad',
    ]) {
      expect(await nodeOf(spelling)).toEqual(expected);
    }
  });

  it('is null for an id that nothing has', async () => {
    expect(await nodeOf(id('9', 9))).toBeNull();
    expect(await nodeOf('vlan:7')).toBeNull();
    expect(await nodeOf('config:no/such/key')).toBeNull();
  });

  it.each(['', 'nonsense', 'vlan:', 'vlan:0', 'vlan:4096', 'vlan:042', 'vlan:x', 'config:', '42', 'VLAN:42', `${id('a', 1)} `])(
    'refuses %j, naming the field',
    async (nodeId) => {
      const errors = await gateway.errorsOf('query ($id: ID!) { node(id: $id) { id } }', { variables: { id: nodeId } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'id', path: 'node' }]);
    },
  );

  it('of a UUID that two kinds have is the one whose kind comes first', async () => {
    expect(await nodeOf(id('b', 1))).toEqual({ __typename: 'Subnet', id: id('b', 1) });
  });

  it('finds keys in upper case, after those in lower case', async () => {
    expect(await nodeOf(id('e', 1))).toEqual({ __typename: 'Network', id: id('e', 1) });
    expect(await nodeOf(id('f', 1))).toEqual({ __typename: 'Flavor', id: id('f', 1) });
    expect(await nodeOf('aabbccdd-eeff-4011-8022-aabbccddeeff')).toEqual({
      __typename: 'Flavor',
      id: 'aabbccdd-eeff-4011-8022-aabbccddeeff',
    });
  });

  it('fails with the key of a record that cannot be read', async () => {
    expect(await gateway.errorsOf(`{ node(id: "${id('a', 1)}") { id } }`)).toEqual([
      { code: 'BROKEN_RECORD', key: `lochness/networks/${id('a', 1)}/metadata`, path: 'node' },
    ]);
  });

  it('reads all kinds in one wave', async () => {
    const { context } = await gateway.run('{ node(id: "ca5caf97-5273-40c2-91fc-1b26548b0d0f") { id } }');
    expect(context.snapshot.cost).toMatchObject({ waves: 1, transactions: 1, keys: 1 });
  });
});

describe('nodes', () => {
  it('answers in the order of the ids, with null where there is none, in one wave', async () => {
    const ids = [...Object.keys(ofEachKind), ...Object.keys(ofEachKind).toReversed()];
    const { result, context } = await gateway.run('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      variables: { ids },
    });
    const all = Object.entries(ofEachKind).map(([nodeId, __typename]) => ({ __typename, id: nodeId }));
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { nodes: [...all, ...all.toReversed()] } });
    expect(context.snapshot.cost.waves).toBe(1);
  });

  it('fails alone for an id that is malformed or whose record cannot be read', async () => {
    const { result } = await gateway.run(
      `{ nodes(ids: ["vlan:42", "nonsense", "${id('a', 1)}", "${id('9', 9)}", "vlan:1"]) { id } }`,
    );
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({ nodes: [{ id: 'vlan:42' }, null, null, null, { id: 'vlan:1' }] });
    expect(result.errors?.map(({ path, message }) => [path?.join('.'), message])).toEqual([
      ['nodes.1', '"nonsense" is no node\'s id: that is a UUID, "vlan:<tag>" or "config:<key>"'],
      ['nodes.2', expect.stringContaining(`The record lochness/networks/${id('a', 1)}/metadata can't be read: `)],
    ]);
  });

  it('takes 1,000 ids and no more', async () => {
    const ids = Array.from({ length: 1001 }, (_, index) => id('9', index));
    const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const { nodes } = await gateway.query(document, { variables: { ids: ids.slice(1) } });
    expect(nodes).toEqual(Array.from({ length: 1000 }, () => null));
    expect(await gateway.errorsOf(document, { variables: { ids } })).toEqual([
      { code: 'BAD_USER_INPUT', field: 'ids', path: 'nodes' },
    ]);
  });

  it('answers nothing for no ids', async () => {
    expect(await gateway.query('{ nodes(ids: []) { id } }')).toEqual({ nodes: [] });
  });
});
