import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { id, networkRecord, subnetRecord } from '../support/record.ts';

let gateway: GatewaySchema;

const [half, full, empty, six] = [id('b', 1), id('b', 2), id('b', 3), id('b', 4)];

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`networks/${id('a', 1)}/metadata`]: networkRecord(),
    [`subnets/${half}/metadata`]: subnetRecord({
      metadata: { name: 'half', rack: 'r1' },
      network: id('a', 1),
      cidr: '10.9.0.0/24',
      start: '10.9.0.1',
      end: '10.9.0.2',
    }),
    [`subnets/${half}/addresses/10.9.0.1`]: id('c', 1),
    [`subnets/${full}/metadata`]: subnetRecord({ network: id('a', 2), cidr: '10.0.0.0/8', start: '10.9.0.1', end: '10.9.0.1' }),
    [`subnets/${full}/addresses/10.9.0.1`]: id('c', 1),
    [`subnets/${empty}/metadata`]: subnetRecord({
      metadata: { name: 'Empty' },
      cidr: '10.0.0.0/24',
      start: '10.0.0.1',
      end: '10.0.0.9',
    }),
    [`subnets/${six}/metadata`]: subnetRecord({
      cidr: '2001:db8::/32',
      start: '2001:db8::',
      end: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    }),
  });
});

afterAll(() => gateway.close());

async function found(args: Readonly<Record<string, unknown>>): Promise<string> {
  const { subnets } = await gateway.query(
    'query ($filter: SubnetFilter, $orderBy: SubnetOrder) { subnets(filter: $filter, orderBy: $orderBy) { totalCount nodes { id } } }',
    { variables: args },
  );
  expect(subnets.totalCount).toBe(subnets.nodes.length);
  return subnets.nodes.map((node: { id: string }) => node.id.slice(-1)).join('');
}

describe('a subnet filter', () => {
  it.each([
    [{}, '1234'],
    [{ ids: [six, half] }, '14'],
    [{ name: 'e' }, '3'],
    [{ name: 'h' }, '1'],
    [{ networkId: id('a', 1) }, '1'],
    [{ containsAddress: '10.9.0.77' }, '12'],
    [{ containsAddress: '2001:db8::77' }, '4'],
    [{ containsAddress: '::ffff:10.9.0.77' }, '12'],
    [{ hasAvailableAddresses: true }, '134'],
    [{ hasAvailableAddresses: false }, '2'],
    [{ minUtilization: 0.5 }, '12'],
    [{ minUtilization: 0.50001 }, '2'],
    [{ minUtilization: 0 }, '1234'],
    [{ minUtilization: 1 }, '2'],
    [{ minUtilization: 2 }, ''],
    [{ metadata: { rack: 'r1' } }, '1'],
    [{ containsAddress: '10.9.0.77', hasAvailableAddresses: true }, '1'],
    [{ networkId: null, containsAddress: null, hasAvailableAddresses: null, minUtilization: null, metadata: null }, '1234'],
  ])('%j finds the subnets "%s"', async (filter, expected) => {
    expect(await found({ filter })).toBe(expected);
  });

  it('narrows the subnets of a network', async () => {
    const data = await gateway.query(`{
      network(id: "${id('a', 1)}") {
        all: subnets { nodes { id } }
        ofOther: subnets(filter: { networkId: "${id('a', 2)}" }) { totalCount }
        full: subnets(filter: { minUtilization: 1 }) { totalCount }
      }
    }`);
    expect(data.network).toEqual({ all: { nodes: [{ id: half }] }, ofOther: { totalCount: 0 }, full: { totalCount: 0 } });
  });

  it.each([
    ['{ networkId: "x" }', 'networkId'],
    ['{ ids: ["y"] }', 'ids'],
    ['{ networkId: "x", ids: ["y"] }', 'ids'],
  ])('refuses the malformed ids of %s, naming the field', async (filter, field) => {
    const errors = await gateway.errorsOf(`{ subnets(filter: ${filter}) { totalCount } }`);
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'subnets' }]);
  });
});

describe('the order of subnets', () => {
  it.each([
    ['ID', '1234', '4321'],
    ['NAME', '3124', '2413'],
    ['CIDR', '2314', '4132'],
    ['UTILIZATION', '3412', '2134'],
    ['AVAILABLE', '2134', '4312'],
  ])('by %s is %s, and in DESC %s', async (field, ascending, descending) => {
    expect(await found({ orderBy: { field } })).toBe(ascending);
    expect(await found({ orderBy: { field, direction: 'DESC' } })).toBe(descending);
  });
});
