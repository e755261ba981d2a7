import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../support/record.ts';

let gateway: GatewaySchema;

const [host1, host2, host3] = [id('d', 1), id('d', 2), id('d', 3)];

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`networks/${id('a', 1)}/metadata`]: networkRecord(),
    [`subnets/${id('b', 1)}/metadata`]: subnetRecord({ network: id('a', 1) }),
    [`subnets/${id('b', 2)}/metadata`]: subnetRecord(),
    [`flavors/${id('f', 1)}/metadata`]: flavorRecord({ memory: 300, disk: 1 }),
    [`hypervisors/${host1}/metadata`]: hypervisorRecord({
      metadata: { name: 'alpha', rack: 'r1' },
      ip: '10.0.0.2',
      mac: 'de:ad:be:ef:00:01',
    }),
    [`hypervisors/${host1}/heartbeat`]: 'now',
    [`hypervisors/${host1}/config/schedulable`]: 'false',
    [`hypervisors/${host1}/subnets/${id('b', 1)}`]: 'br0',
    [`hypervisors/${host1}/guests/${id('c', 1)}`]: id('c', 1),
    [`guests/${id('c', 1)}/metadata`]: guestRecord({ hypervisor: host1 }),
    [`hypervisors/${host2}/metadata`]: hypervisorRecord({
      metadata: { name: 'Beta' },
      ip: '9.0.0.1',
      available_resources: { memory: 900, disk: 10, cpu: 1 },
    }),
    [`hypervisors/${host2}/heartbeat`]: '',
    [`hypervisors/${host2}/config/schedulable`]: 'no',
    [`hypervisors/${host2}/subnets/${id('b', 2)}`]: '',
    // A link without a guest, and below a guest without a link.
    [`hypervisors/${host2}/guests/${id('c', 9)}`]: id('c', 9),
    [`hypervisors/${host3}/metadata`]: hypervisorRecord({ ip: '2001:db8::1' }),
    [`guests/${id('c', 3)}/metadata`]: guestRecord({ hypervisor: host3 }),
  });
});

afterAll(() => gateway.close());

async function found(args: Readonly<Record<string, unknown>>): Promise<string> {
  const { hypervisors } = await gateway.query(
    'query ($filter: HypervisorFilter, $orderBy: HypervisorOrder) { hypervisors(filter: $filter, orderBy: $orderBy) { totalCount nodes { id } } }',
    { variables: args },
  );
  expect(hypervisors.totalCount).toBe(hypervisors.nodes.length);
  return hypervisors.nodes.map((node: { id: string }) => node.id.slice(-1)).join('');
}

describe('a hypervisor filter', () => {
  it.each([
    [{}, '123'],
    [{ ids: [host2] }, '2'],
    [{ ids: [] }, ''],
    [{ name: 'A' }, '12'],
    [{ alive: true }, '12'],
    [{ alive: false }, '3'],
    [{ schedulable: true }, '23'],
    [{ schedulable: false }, '1'],
    [{ hasGuests: true }, '13'],
    [{ hasGuests: false }, '2'],
    [{ ip: '10.0.0.2' }, '1'],
    [{ mac: 'DE:AD:BE:EF:00:01' }, '1'],
    [{ subnetId: id('b', 1) }, '1'],
    [{ subnetId: id('b', 9) }, ''],
    [{ networkId: id('a', 1).toUpperCase() }, '1'],
    [{ networkId: id('a', 9) }, ''],
    [{ subnetId: id('b', 2), networkId: id('a', 1) }, ''],
    [{ metadata: { rack: 'r1' } }, '1'],
    [{ alive: true, schedulable: true }, '2'],
    [
      {
        alive: null,
        schedulable: null,
        hasGuests: null,
        ip: null,
        mac: null,
        subnetId: null,
        networkId: null,
        name: null,
        ids: null,
      },
      '123',
    ],
  ])('%j finds the hypervisors "%s"', async (filter, expected) => {
    expect(await found({ filter })).toBe(expected);
  });

  it.each(['ids', 'subnetId', 'networkId'])('refuses a malformed id in %s, naming the field', async (field) => {
    const filter = { [field]: 'nonsense', hasGuests: true };
    const errors = await gateway.errorsOf('query ($filter: HypervisorFilter) { hypervisors(filter: $filter) { totalCount } }', {
      variables: { filter },
    });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'hypervisors' }]);
  });
});

describe('the order of hypervisors', () => {
  it.each([
    ['ID', '123', '321'],
    ['NAME', '213', '312'],
    ['IP', '213', '312'],
    ['FREE_MEMORY', '123', '321'],
    ['FREE_DISK', '213', '312'],
    ['GUEST_COUNT', '231', '123'],
  ])('by %s is %s, and in DESC %s', async (field, ascending, descending) => {
    expect(await found({ orderBy: { field } })).toBe(ascending);
    expect(await found({ orderBy: { field, direction: 'DESC' } })).toBe(descending);
  });
});
