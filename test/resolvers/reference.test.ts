import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import {
  firewallGroupRecord,
  flavorRecord,
  guestRecord,
  hypervisorRecord,
  id,
  networkRecord,
  subnetRecord,
  vlanGroupRecord,
} from '../support/record.ts';

let gateway: GatewaySchema;

const lost = id('c', 1);
const found = id('c', 2);
const unplaced = id('c', 3);

/** All of these keys are in upper case, and what names them is in lower case. */
const upper = {
  network: id('a', 1),
  subnet: id('b', 1),
  host: id('d', 1),
  flavor: id('f', 1),
  firewall: id('e', 1),
  vlans: id('e', 2),
};

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`guests/${lost}/metadata`]: guestRecord({
      flavor: id('f', 9),
      network: id('a', 9),
      hypervisor: id('d', 9),
      subnet: id('b', 9),
      fwgroup: id('e', 9),
      vlangroup: id('e', 8),
    }),
    [`guests/${found}/metadata`]: guestRecord({
      flavor: upper.flavor,
      network: upper.network,
      hypervisor: upper.host,
      subnet: upper.subnet,
      fwgroup: upper.firewall,
      vlangroup: upper.vlans,
    }),
    [`guests/${unplaced}/metadata`]: guestRecord({ flavor: upper.flavor, network: id('a', 7) }),
    [`networks/${id('a', 7)}/metadata`]: '[]',
    [`networks/${upper.network.toUpperCase()}/metadata`]: networkRecord(),
    [`subnets/${upper.subnet.toUpperCase()}/metadata`]: subnetRecord({ network: upper.network.toUpperCase() }),
    [`subnets/${upper.subnet.toUpperCase()}/addresses/10.0.0.7`]: found.toUpperCase(),
    [`hypervisors/${upper.host.toUpperCase()}/metadata`]: hypervisorRecord(),
    [`hypervisors/${upper.host.toUpperCase()}/heartbeat`]: 'x',
    [`hypervisors/${upper.host.toUpperCase()}/guests/${found.toUpperCase()}`]: found,
    [`hypervisors/${upper.host.toUpperCase()}/subnets/${upper.subnet}`]: 'br0',
    [`flavors/${upper.flavor.toUpperCase()}/metadata`]: flavorRecord(),
    [`fwgroups/${upper.firewall.toUpperCase()}/metadata`]: firewallGroupRecord({
      rules: [{ group: id('e', 9), portStart: 1, portEnd: 2, protocol: 'tcp', action: 'allow' }],
    }),
    [`vlangroups/${upper.vlans.toUpperCase()}/metadata`]: vlanGroupRecord(),
    [`vlangroups/${upper.vlans.toUpperCase()}/vlans/7`]: '',
    [`vlangroups/${upper.vlans.toUpperCase()}/vlans/8`]: '',
    [`vlangroups/${upper.vlans.toUpperCase()}/vlans/0`]: '',
    [`vlangroups/${upper.vlans.toUpperCase()}/vlans/007`]: '',
    'vlans/7/metadata': '{"tag":7,"description":""}',
    [`vlans/7/vlangroups/${upper.vlans}`]: '',
    [`vlans/7/vlangroups/${id('e', 9)}`]: '',
  });
});

afterAll(() => gateway.close());

const references = `
  flavorId flavor { id } networkId network { id } hypervisorId hypervisor { id } subnetId subnet { id }
  firewallGroupId firewallGroup { id } vlanGroupId vlanGroup { id }`;

describe('a reference', () => {
  it('to a node that is gone is null, and the id stays visible', async () => {
    const { guest } = await gateway.query(`{ guest(id: "${lost}") { ${references} } }`);
    expect(guest).toEqual({
      flavorId: id('f', 9),
      flavor: null,
      networkId: id('a', 9),
      network: null,
      hypervisorId: id('d', 9),
      hypervisor: null,
      subnetId: id('b', 9),
      subnet: null,
      firewallGroupId: id('e', 9),
      firewallGroup: null,
      vlanGroupId: id('e', 8),
      vlanGroup: null,
    });
  });

  it('leads to a key in upper case, whose id is shown in lower case', async () => {
    const { guest } = await gateway.query(`{ guest(id: "${found}") { ${references} } }`);
    expect(guest).toEqual({
      flavorId: upper.flavor,
      flavor: { id: upper.flavor },
      networkId: upper.network,
      network: { id: upper.network },
      hypervisorId: upper.host,
      hypervisor: { id: upper.host },
      subnetId: upper.subnet,
      subnet: { id: upper.subnet },
      firewallGroupId: upper.firewall,
      firewallGroup: { id: upper.firewall },
      vlanGroupId: upper.vlans,
      vlanGroup: { id: upper.vlans },
    });
  });

  it('to a record that cannot be read is null and named in the warnings; asked for by id the record is an error', async () => {
    const { result, context } = await gateway.run(
      `{ guest(id: "${unplaced}") { networkId network { id } hypervisorId hypervisor { id } } }`,
    );
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      data: { guest: { networkId: id('a', 7), network: null, hypervisorId: null, hypervisor: null } },
    });
    expect(context.loaders.broken.all.map(({ key }) => key)).toEqual([`lochness/networks/${id('a', 7)}/metadata`]);
    expect(await gateway.errorsOf(`{ network(id: "${id('a', 7)}") { id } }`)).toEqual([
      { code: 'BROKEN_RECORD', key: `lochness/networks/${id('a', 7)}/metadata`, path: 'network' },
    ]);
  });

  it('of a firewall rule to a group that is gone is null', async () => {
    const { firewallGroup } = await gateway.query(
      `{ firewallGroup(id: "${upper.firewall}") { rules { sourceGroupId sourceGroup { id } } } }`,
    );
    expect(firewallGroup.rules).toEqual([{ sourceGroupId: id('e', 9), sourceGroup: null }]);
  });
});

describe('a node whose key is in upper case', () => {
  it('has everything that lies below its key, and all that names it in any case', async () => {
    const data = await gateway.query(`{
      hypervisor(id: "${upper.host}") { isAlive guests { nodes { id } } subnetAttachments { nodes { subnetId bridge } } }
      subnet(id: "${upper.subnet}") { networkId addresses { nodes { ip guest { id } } } hypervisorAttachments { nodes { hypervisorId } } guests { totalCount } }
      network(id: "${upper.network}") { subnets { nodes { id } } guests { nodes { id } } }
      vlanGroup(id: "${upper.vlans}") { vlans { nodes { tag } } guests { totalCount } }
      flavor(id: "${upper.flavor}") { guests { nodes { id } } }
    }`);
    expect(data).toEqual({
      hypervisor: {
        isAlive: true,
        guests: { nodes: [{ id: found }] },
        subnetAttachments: { nodes: [{ subnetId: upper.subnet, bridge: 'br0' }] },
      },
      subnet: {
        networkId: upper.network,
        addresses: { nodes: [{ ip: '10.0.0.7', guest: { id: found } }] },
        hypervisorAttachments: { nodes: [{ hypervisorId: upper.host }] },
        guests: { totalCount: 1 },
      },
      network: { subnets: { nodes: [{ id: upper.subnet }] }, guests: { nodes: [{ id: found }] } },
      vlanGroup: { vlans: { nodes: [{ tag: 7 }] }, guests: { totalCount: 1 } },
      flavor: { guests: { nodes: [{ id: found }, { id: unplaced }] } },
    });
  });
});

describe('a link between a VLAN and a group', () => {
  it('whose other end is gone is left out', async () => {
    const { vlan } = await gateway.query('{ vlan(tag: 7) { groups { totalCount nodes { id } } } }');
    expect(vlan.groups).toEqual({ totalCount: 1, nodes: [{ id: upper.vlans }] });
  });
});

describe('the queries by id', () => {
  const kinds = ['network', 'subnet', 'hypervisor', 'guest', 'flavor', 'firewallGroup', 'vlanGroup', 'job'];

  it.each(kinds)('%s is null for an unknown id and refuses a malformed one, naming the field', async (field) => {
    expect(await gateway.query(`{ ${field}(id: "${id('9', 9)}") { id } }`)).toEqual({ [field]: null });
    expect(await gateway.errorsOf(`{ ${field}(id: "nonsense") { id } }`)).toEqual([
      { code: 'BAD_USER_INPUT', field: 'id', path: field },
    ]);
  });

  it('vlan refuses a tag that no VLAN can have', async () => {
    expect(await gateway.query('{ vlan(tag: 4095) { id } }')).toEqual({ vlan: null });
    for (const tag of [0, -1, 4096]) {
      expect(await gateway.errorsOf(`{ vlan(tag: ${tag}) { id } }`)).toEqual([
        { code: 'BAD_USER_INPUT', field: 'tag', path: 'vlan' },
      ]);
    }
  });

  it('configEntry refuses an empty key', async () => {
    expect(await gateway.query('{ configEntry(key: "no/such") { id } }')).toEqual({ configEntry: null });
    expect(await gateway.errorsOf('{ configEntry(key: "") { id } }')).toEqual([
      { code: 'BAD_USER_INPUT', field: 'key', path: 'configEntry' },
    ]);
  });
});
