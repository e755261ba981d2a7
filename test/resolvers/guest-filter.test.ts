import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../support/record.ts';

let gateway: GatewaySchema;

const [guest1, guest2, guest3] = [id('c', 1), id('c', 2), id('c', 3)];

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`networks/${id('a', 1)}/metadata`]: networkRecord(),
    [`networks/${id('a', 2)}/metadata`]: networkRecord(),
    [`subnets/${id('b', 1)}/metadata`]: subnetRecord({ network: id('a', 1) }),
    [`flavors/${id('f', 1)}/metadata`]: flavorRecord({ image: id('e', 1) }),
    [`flavors/${id('f', 2)}/metadata`]: flavorRecord({ image: id('e', 2) }),
    [`hypervisors/${id('d', 1)}/metadata`]: hypervisorRecord(),
    [`hypervisors/${id('d', 1)}/guests/${guest1}`]: guest1,
    [`guests/${guest1}/metadata`]: guestRecord({
      metadata: { name: 'Web-1', rack: 'r1', constructor: 'c' },
      hypervisor: id('d', 1),
      subnet: id('b', 1),
      fwgroup: id('0', 1),
      vlangroup: id('1', 1),
      mac: 'de:ad:be:ef:00:01',
      ip: '10.0.0.1',
    }),
    [`guests/${guest1}/state`]: '{"state":"RUNNING","observed_at":"2026-11-22T23:00:13Z"}',
    [`guests/${guest2}/metadata`]: guestRecord({
      metadata: { name: 'db', rack: 'r1' },
      type: 'container',
      network: id('a', 2),
      flavor: id('f', 2),
    }),
    [`guests/${guest3}/metadata`]: guestRecord({ metadata: null, flavor: id('f', 9), ip: '2001:db8::1' }),
  });
});

afterAll(() => gateway.close());

/** The numbers of the guests that a filter finds. */
async function found(filter: object | null): Promise<string> {
  const { guests } = await gateway.query('query ($filter: GuestFilter) { guests(filter: $filter) { totalCount nodes { id } } }', {
    variables: { filter },
  });
  expect(guests.totalCount).toBe(guests.nodes.length);
  return guests.nodes.map((node: { id: string }) => node.id.slice(-1)).join('');
}

describe('a guest filter', () => {
  it.each([
    [{}, '123'],
    [null, '123'],
    [{ ids: [guest3, guest1] }, '13'],
    [{ ids: [guest1, guest1.toUpperCase(), `{${guest1}}`, `urn:uuid:${guest1}`, guest1.replaceAll('-', '')] }, '1'],
    [{ ids: [id('c', 9)] }, ''],
    [{ ids: [] }, ''],
    [{ name: 'WEB' }, '1'],
    [{ name: 'b' }, '12'],
    [{ name: '' }, '123'],
    [{ states: ['RUNNING'] }, '1'],
    [{ states: ['UNPLACED', 'RUNNING'] }, '123'],
    [{ states: [] }, ''],
    [{ type: 'container' }, '2'],
    [{ type: 'contain' }, ''],
    [{ networkId: id('a', 1).toUpperCase() }, '13'],
    [{ subnetId: id('b', 1) }, '1'],
    [{ hypervisorId: id('d', 1) }, '1'],
    [{ flavorId: id('f', 9) }, '3'],
    [{ imageId: id('e', 2) }, '2'],
    [{ imageId: id('e', 9) }, ''],
    [{ firewallGroupId: id('0', 1) }, '1'],
    [{ vlanGroupId: id('1', 1) }, '1'],
    [{ ip: '10.0.0.1' }, '1'],
    [{ ip: '2001:0db8:0::1' }, '3'],
    [{ mac: 'DE-AD-BE-EF-00-01' }, '1'],
    [{ placed: true }, '1'],
    [{ placed: false }, '23'],
    [{ metadata: { rack: 'r1' } }, '12'],
    [{ metadata: { rack: 'r1', name: 'db' } }, '2'],
    [{ metadata: { rack: 'R1' } }, ''],
    [{ metadata: { constructor: 'c' } }, '1'],
    [{ metadata: { toString: 'x' } }, ''],
    [{ metadata: {} }, '123'],
    [{ placed: false, metadata: { rack: 'r1' } }, '2'],
    [{ placed: true, type: 'container' }, ''],
  ])('%j finds the guests "%s"', async (filter, expected) => {
    expect(await found(filter)).toBe(expected);
  });

  it('takes null in each field for not given', async () => {
    const names = [
      'ids',
      'name',
      'states',
      'type',
      'networkId',
      'subnetId',
      'hypervisorId',
      'flavorId',
      'imageId',
      'firewallGroupId',
    ];
    const nulls = Object.fromEntries([...names, 'vlanGroupId', 'ip', 'mac', 'placed', 'metadata'].map((name) => [name, null]));
    expect(await found(nulls)).toBe('123');
  });

  it.each(['ids', 'networkId', 'subnetId', 'hypervisorId', 'flavorId', 'imageId', 'firewallGroupId', 'vlanGroupId'])(
    'refuses a malformed id in %s, naming the field',
    async (field) => {
      const filter = { [field]: field === 'ids' ? [guest1, 'nonsense'] : 'nonsense' };
      const errors = await gateway.errorsOf('query ($filter: GuestFilter) { guests(filter: $filter) { totalCount } }', {
        variables: { filter },
      });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'guests' }]);
    },
  );

  it('narrows what its parent has, and never widens it', async () => {
    const data = await gateway.query(`{
      network(id: "${id('a', 1)}") {
        all: guests { nodes { id } }
        ofOtherNetwork: guests(filter: { networkId: "${id('a', 2)}" }) { totalCount }
        byId: guests(filter: { ids: ["${guest1}", "${guest2}"] }) { nodes { id } }
        byImage: guests(filter: { imageId: "${id('e', 1)}" }) { nodes { id } }
      }
      hypervisor(id: "${id('d', 1)}") { guests(filter: { states: [STOPPED] }) { totalCount } }
    }`);
    expect(data).toEqual({
      network: {
        all: { nodes: [{ id: guest1 }, { id: guest3 }] },
        ofOtherNetwork: { totalCount: 0 },
        byId: { nodes: [{ id: guest1 }] },
        byImage: { nodes: [{ id: guest1 }] },
      },
      hypervisor: { guests: { totalCount: 0 } },
    });
  });

  it('reads only the guests whose ids it names', async () => {
    const { context } = await gateway.run(`{ guests(filter: { ids: ["${guest1}", "${guest2}"] }) { totalCount } }`);
    expect(context.snapshot.cost).toMatchObject({ waves: 1, keys: 3 });
  });
});
