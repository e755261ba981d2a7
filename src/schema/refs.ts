import type { ConfigEntry } from '../store/entities/config-entry.ts';
import type { Entity } from '../store/entities/entity.ts';
import type { FirewallGroup } from '../store/entities/firewall-group.ts';
import type { Flavor } from '../store/entities/flavor.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import type { Job } from '../store/entities/job.ts';
import type { Network } from '../store/entities/network.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import type { VLAN } from '../store/entities/vlan.ts';
import type { VLANGroup } from '../store/entities/vlan-group.ts';
import { builder } from './builder.ts';

/** The kinds of the graph by name: each points at others, which point back. Each kind's own file says what it has. */
export const NodeRef = builder.interfaceRef<Entity>('Node');
export const NetworkRef = builder.objectRef<Network>('Network');
export const SubnetRef = builder.objectRef<Subnet>('Subnet');
export const HypervisorRef = builder.objectRef<Hypervisor>('Hypervisor');
export const GuestRef = builder.objectRef<Guest>('Guest');
export const FlavorRef = builder.objectRef<Flavor>('Flavor');
export const FirewallGroupRef = builder.objectRef<FirewallGroup>('FirewallGroup');
export const VLANRef = builder.objectRef<VLAN>('VLAN');
export const VLANGroupRef = builder.objectRef<VLANGroup>('VLANGroup');
export const JobRef = builder.objectRef<Job>('Job');
export const ConfigEntryRef = builder.objectRef<ConfigEntry>('ConfigEntry');
