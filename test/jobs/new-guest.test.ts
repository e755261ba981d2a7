import { afterEach, describe, expect, it } from 'vitest';
import { newAgentGuest } from '../../src/jobs/new-guest.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, id, subnetRecord, vlanGroupRecord } from '../support/record.ts';

const guestId = id('c', 1);
const guestKey = `guests/${guestId}/metadata`;
const subnetKey = `subnets/${id('b', 1)}/metadata`;
const flavorKey = `flavors/${id('f', 1)}/metadata`;

const guest = {
  id: guestId,
  metadata: { name: 'web', '<&>': '' },
  hypervisor: id('d', 1),
  subnet: id('b', 1),
  mac: '02:00:00:00:00:01',
  ip: '10.0.0.7',
  bridge: 'br0',
};
const records = {
  [guestKey]: guestRecord(guest),
  [subnetKey]: subnetRecord({ gateway: '10.0.0.1' }),
  [flavorKey]: flavorRecord({ memory: 512, disk: 8192, cpu: 2 }),
};

let gateway: GatewaySchema;
afterEach(() => gateway.close());

/** What the agent is told of the guest, where these records differ from those above. */
async function told(differing: Readonly<Record<string, string>> = {}) {
  gateway = await openGatewaySchema();
  await gateway.putAll({ ...records, ...differing });
  const context = gateway.newContext();
  const found = await context.loaders.GUEST.get(guestId);
  if (found === null) throw new Error('There is no such guest');
  return newAgentGuest(context, found);
}

async function toldNic(differing: Readonly<Record<string, string>>) {
  return (await told(differing)).nic;
}

describe('what an agent is told to create', () => {
  it('follows from the records of the guest, its flavor and its subnet', async () => {
    expect(await told()).toEqual({
      id: guestId,
      type: 'kvm',
      imageId: id('e', 1),
      metadata: { name: 'web', '<&>': '' },
      memory: 512n,
      cpu: 2n,
      disk: 8192n,
      nic: {
        bridge: 'br0',
        mac: '02:00:00:00:00:01',
        address: '10.0.0.7',
        netmaskHex: 'ffffff00',
        gateway: '10.0.0.1',
        vlans: [1],
      },
    });
  });

  it('has numbers of 64 bits as they are', async () => {
    const text =
      '{"image":"9f86d081-884c-4d65-a2fe-aa0c55ad015a","memory":18446744073709551615,"disk":9007199254740993,"cpu":4294967295}';
    expect(await told({ [flavorKey]: text })).toMatchObject({
      memory: 2n ** 64n - 1n,
      disk: 2n ** 53n + 1n,
      cpu: 2n ** 32n - 1n,
    });
  });

  it.each([
    ['10.0.0.0/8', 'ff000000'],
    ['10.0.0.0/25', 'ffffff80'],
    ['10.0.0.7/32', 'ffffffff'],
    ['0.0.0.0/0', '00000000'],
    ['2001:db8::/64', 'ffffffffffffffff0000000000000000'],
    ['2001:db8::/61', 'fffffffffffffff80000000000000000'],
    ['2001:db8::7/128', 'ffffffffffffffffffffffffffffffff'],
    ['::/0', '00000000000000000000000000000000'],
  ])('has the mask of a subnet %s in hex digits: %s', async (cidr, netmaskHex) => {
    const [start] = cidr.split('/');
    expect(await toldNic({ [subnetKey]: subnetRecord({ cidr, start, end: start }) })).toMatchObject({ netmaskHex });
  });

  it('has an empty gateway where the subnet has none, and empty texts for what the guest lacks', async () => {
    const bare = guestRecord({ ...guest, mac: '', ip: '', bridge: '' });
    expect(await toldNic({ [guestKey]: bare, [subnetKey]: subnetRecord() })).toEqual({
      bridge: '',
      mac: '',
      address: '',
      netmaskHex: 'ffffff00',
      gateway: '',
      vlans: [1],
    });
  });

  it('has the tags of the VLAN group in ascending order, by their number', async () => {
    const group = id('9', 1);
    const tags = ['1000', '20', '3', '4095'];
    const nic = await toldNic({
      [guestKey]: guestRecord({ ...guest, vlangroup: group }),
      [`vlangroups/${group}/metadata`]: vlanGroupRecord(),
      ...Object.fromEntries(tags.map((tag) => [`vlangroups/${group}/vlans/${tag}`, ''])),
      [`vlangroups/${group}/vlans/none`]: '',
    });
    expect(nic.vlans).toEqual([3, 20, 1000, 4095]);
  });

  it('is untagged where the VLAN group is empty', async () => {
    const group = id('9', 1);
    const nic = await toldNic({
      [guestKey]: guestRecord({ ...guest, vlangroup: group }),
      [`vlangroups/${group}/metadata`]: vlanGroupRecord(),
    });
    expect(nic.vlans).toEqual([1]);
  });

  it('needs the flavor and the subnet: the message says which is gone', async () => {
    await expect(told({ [guestKey]: guestRecord({ ...guest, subnet: id('b', 2) }) })).rejects.toThrow(
      `There is no subnet ${id('b', 2)} any more`,
    );
    await gateway.close();
    await expect(told({ [guestKey]: guestRecord({ ...guest, flavor: id('f', 2) }) })).rejects.toThrow(
      `There is no flavor ${id('f', 2)} any more`,
    );
    await gateway.close();
    await expect(told({ [guestKey]: guestRecord({ ...guest, subnet: '' }) })).rejects.toThrow('The guest has no subnet');
  });
});
