import type { NodeKind } from '../keys.ts';
import { type ConfigEntry, decodeConfigEntry } from './config-entry.ts';
import type { RecordSource } from './entity.ts';
import { decodeFirewallGroup, type FirewallGroup } from './firewall-group.ts';
import { decodeFlavor, type Flavor } from './flavor.ts';
import { decodeGuest, type Guest } from './guest.ts';
import { decodeHypervisor, type Hypervisor } from './hypervisor.ts';
import { decodeJob, type Job } from './job.ts';
import { decodeNetwork, type Network } from './network.ts';
import { decodeSubnet, type Subnet } from './subnet.ts';
import { decodeVLAN, type VLAN } from './vlan.ts';
import { decodeVLANGroup, type VLANGroup } from './vlan-group.ts';

/** The entity of each kind. */
export interface EntityOf {
  NETWORK: Network;
  SUBNET: Subnet;
  HYPERVISOR: Hypervisor;
  GUEST: Guest;
  FLAVOR: Flavor;
  FIREWALL_GROUP: FirewallGroup;
  VLAN: VLAN;
  VLAN_GROUP: VLANGroup;
  JOB: Job;
  CONFIG: ConfigEntry;
}

/** How each kind is read. Fails with a RecordError, and nothing else, when a record can't be. */
export const decoders: { readonly [K in NodeKind]: (source: RecordSource) => EntityOf[K] } = {
  NETWORK: decodeNetwork,
  SUBNET: decodeSubnet,
  HYPERVISOR: decodeHypervisor,
  GUEST: decodeGuest,
  FLAVOR: decodeFlavor,
  FIREWALL_GROUP: decodeFirewallGroup,
  VLAN: decodeVLAN,
  VLAN_GROUP: decodeVLANGroup,
  JOB: decodeJob,
  CONFIG: decodeConfigEntry,
};
