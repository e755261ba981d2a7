import { id } from '../../support/record.ts';
import { placedGuest, pools } from './argument.ts';
import type { Json } from './model.ts';
import type { Operation } from './operation.ts';

const begin = (field: string, args: Json): Operation => ({ field, args, isRepeated: false });
const [network, otherNetwork] = pools.networks;
const [subnet, otherSubnet, idleSubnet, freeSubnet] = pools.subnets;
const [hypervisor] = pools.hypervisors;
const [flavor, otherFlavor] = pools.flavors;
const range = { cidr: '10.0.0.0/29', startRange: '10.0.0.1', endRange: '10.0.0.6', gateway: '10.0.0.1' };
const nextRange = { cidr: '10.0.0.8/29', startRange: '10.0.0.9', endRange: '10.0.0.10' };
const total = { memory: 250, disk: 5000, cpu: 4 };
const newGuest = { flavorId: flavor, networkId: network };
const imageId = id('e', 1);

/** A small cluster, in which most of the rest can succeed. */
export const cluster: readonly Operation[] = [
  ...pools.networks.slice(0, 3).map((one) => begin('createNetwork', { input: { id: one } })),
  begin('createSubnet', { input: { id: subnet, networkId: network, ...range } }),
  begin('createSubnet', { input: { id: otherSubnet, networkId: otherNetwork, ...range } }),
  begin('createSubnet', { input: { id: idleSubnet, networkId: network, ...nextRange } }),
  begin('createSubnet', { input: { id: freeSubnet, ...nextRange } }),
  ...pools.hypervisors.slice(0, 2).flatMap((hypervisorId) => [
    begin('createHypervisor', {
      input: { id: hypervisorId, ip: '192.0.2.1', totalResources: total, availableResources: total },
    }),
    begin('heartbeat', { hypervisorId, ttlSeconds: 3600 }),
    begin('attachSubnet', { hypervisorId, subnetId: subnet, bridge: 'br0' }),
    begin('attachSubnet', { hypervisorId, subnetId: otherSubnet, bridge: 'br1' }),
  ]),
  begin('createFlavor', { input: { id: flavor, imageId, resources: { memory: 100, disk: 1000, cpu: 1 } } }),
  begin('createFlavor', { input: { id: otherFlavor, imageId, resources: { memory: 150, disk: 500, cpu: 2 } } }),
  ...pools.fwgroups.slice(0, 2).map((group) => begin('createFirewallGroup', { input: { id: group } })),
  ...[1, 2].map((tag) => begin('createVLAN', { input: { tag } })),
  ...pools.vlangroups.slice(0, 2).map((group) => begin('createVLANGroup', { input: { id: group, vlanTags: [1] } })),
  ...pools.guests.slice(0, 3).map((guest) => begin('createGuest', { input: { id: guest, ...newGuest }, place: false })),
  begin('createGuest', { input: { id: placedGuest, ...newGuest } }),
  begin('setHypervisorConfig', { hypervisorId: hypervisor, key: 'a/b', value: 'x' }),
  begin('setConfig', { key: 'a/b', value: 'x' }),
];
