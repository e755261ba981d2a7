import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { heldAddresses, listAddresses, listAvailableAddresses, subnetAddressing } from '../../src/resolvers/addressing.ts';
import { requireNode } from '../../src/resolvers/require.ts';
import { listAttachmentsOfHypervisor, listAttachmentsOfSubnet } from '../../src/resolvers/subnet-attachment.ts';
import { listVLANsOfGroup } from '../../src/resolvers/vlan.ts';
import { listGroupsOfVLAN } from '../../src/resolvers/vlan-group.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { hypervisorRecord, id, subnetRecord, vlanGroupRecord } from '../support/record.ts';

const [subnetId, hypervisorId, groupId] = [id('b', 1), id('d', 1), id('e', 1)];
const held = ['10.0.0.10', '10.0.0.2', '10.0.0.3'];

describe.each([
  ['in memory', true],
  ['in the store', false],
])('what many fields of an operation ask of one node %s', (_where, withCatalog) => {
  let gateway: GatewaySchema;
  let context: Context;
  let rangesRead: number;

  beforeAll(async () => {
    gateway = await openGatewaySchema({ withCatalog });
    await gateway.putAll({
      [`subnets/${subnetId}/metadata`]: subnetRecord({ cidr: '10.0.0.0/24', start: '10.0.0.2', end: '10.0.0.12' }),
      ...Object.fromEntries(held.map((ip) => [`subnets/${subnetId}/addresses/${ip}`, id('c', 1)])),
      [`hypervisors/${hypervisorId}/metadata`]: hypervisorRecord(),
      [`hypervisors/${hypervisorId}/subnets/${subnetId}`]: 'br0',
      'vlans/42/metadata': '{"tag":42}',
      [`vlans/42/vlangroups/${groupId}`]: '',
      [`vlangroups/${groupId}/metadata`]: vlanGroupRecord(),
      [`vlangroups/${groupId}/vlans/42`]: '',
    });
    const opened = gateway.newContext();
    const snapshot: Snapshot = Object.create(opened.snapshot, {
      list: {
        value: (...range: Parameters<Snapshot['list']>) => {
          rangesRead++;
          return opened.snapshot.list(...range);
        },
      },
    });
    context = { ...opened, snapshot };
  });

  afterAll(() => gateway.close());

  it('of the held addresses of a subnet, is computed once: for counts, for free ones, and for their order', async () => {
    const subnet = await requireNode(context.loaders.SUBNET, subnetId);
    let looks = 0;
    for (const one of await heldAddresses(context, subnet)) {
      const { address } = one;
      Object.defineProperty(one, 'address', {
        get() {
          looks++;
          return address;
        },
      });
    }
    const counts = await subnetAddressing(context, subnet);
    for (const first of [1, 2, 3]) {
      expect(await subnetAddressing(context, subnet)).toBe(counts);
      const free = await listAvailableAddresses(context, subnet, first);
      expect(free).toEqual(['10.0.0.4', '10.0.0.5', '10.0.0.6'].slice(0, first));
      const { nodes } = await listAddresses(context, subnet, { first });
      expect(nodes.map(({ ip }) => ip)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.10'].slice(0, first));
    }
    // Once for the numbers, of the counts and of the free ones, and once for the order.
    expect(looks).toBeLessThanOrEqual(3 * held.length);
  });

  it('of its links to others, is read once', async () => {
    const subnet = await requireNode(context.loaders.SUBNET, subnetId);
    const hypervisor = await requireNode(context.loaders.HYPERVISOR, hypervisorId);
    const vlan = await requireNode(context.loaders.VLAN, '42');
    const group = await requireNode(context.loaders.VLAN_GROUP, groupId);
    const askAll = () =>
      Promise.all([
        listAttachmentsOfSubnet(context, subnet, { first: 1 }),
        listAttachmentsOfHypervisor(context, hypervisor, { first: 1 }),
        listGroupsOfVLAN(context, vlan, { first: 1 }),
        listVLANsOfGroup(context, group, { first: 1 }),
      ]);
    const first = await askAll();
    expect(first.map(({ totalCount }) => totalCount)).toEqual([1, 1, 1, 1]);
    rangesRead = 0;
    const again = await askAll();
    expect(rangesRead).toBe(0);
    for (const [index, { nodes }] of again.entries()) expect(nodes[0]).toBe(first[index]?.nodes[0]);
  });
});
