import { encodeConfigEntry } from '../store/entities/config-entry.ts';
import { encodeFirewallGroup } from '../store/entities/firewall-group.ts';
import { encodeFlavor } from '../store/entities/flavor.ts';
import { encodeGuest } from '../store/entities/guest.ts';
import { encodeGuestState } from '../store/entities/guest-state.ts';
import { encodeHypervisor } from '../store/entities/hypervisor.ts';
import { encodeJob } from '../store/entities/job.ts';
import { encodeNetwork } from '../store/entities/network.ts';
import { encodeSubnet } from '../store/entities/subnet.ts';
import { encodeVLAN } from '../store/entities/vlan.ts';
import { encodeVLANGroup } from '../store/entities/vlan-group.ts';
import { type Keys, subkeys } from '../store/keys.ts';
import { type Key, keyFromText } from '../store/range.ts';
import type { Entry } from '../store/transfer/index.ts';
import { config, firewallGroups, flavors, networks, type SampleNetwork, vlanGroups, vlans } from './catalog.ts';
import { planGuest, type SampleGuest } from './sample-guest.ts';
import { planHypervisors, type SampleHypervisor } from './sample-hypervisor.ts';
import { planSubnets, type SampleSubnet } from './sample-subnet.ts';

export interface SampleSize {
  readonly hypervisorCount: number;
  readonly guestCount: number;
}

export interface Sample extends SampleSize {
  readonly keys: Keys;
  /** Jobs are so many minutes older than this. */
  readonly now: Date;
  /** Is told how many guests are made so far. */
  readonly onGuests?: (count: number) => void;
}

/**
 * All keys of the sample cluster, but for the heartbeats. The same for the same sizes and time. It is as the gateway itself would
 * have made it: links have both their sides, no address is held twice, and no hypervisor has more guests than fit.
 */
export function* sampleCluster({ hypervisorCount, guestCount, keys, now, onGuests }: Sample): Generator<Entry> {
  const subnets = planSubnets(guestCount);
  const hypervisors = planHypervisors(hypervisorCount, subnets);
  yield* catalogEntries(keys);
  for (const subnet of subnets) yield* subnetEntries(keys, subnet);
  const byNetwork = new Map(networks.map(({ id }) => [id, hypervisors.filter((hypervisor) => isOn(hypervisor, id))]));
  for (let index = 0; index < guestCount; index++) {
    const guest = planGuest(index, ({ id }: SampleNetwork) => byNetwork.get(id) ?? []);
    yield* guestEntries({ keys, guest, index, now });
    onGuests?.(index + 1);
  }
  for (const hypervisor of hypervisors) yield* hypervisorEntries(keys, hypervisor);
}

function isOn({ subnets }: SampleHypervisor, networkId: string): boolean {
  return subnets.some(({ record }) => record.networkId === networkId);
}

function* catalogEntries(keys: Keys): Generator<Entry> {
  for (const [name, value] of Object.entries(config)) yield entry(keys.config(name), encodeConfigEntry({ value }));
  for (const [, flavor] of flavors) yield entry(keys.record('FLAVOR', flavor.id), encodeFlavor(flavor));
  for (const group of firewallGroups) yield entry(keys.record('FIREWALL_GROUP', group.id), encodeFirewallGroup(group));
  for (const { id, name } of networks) yield entry(keys.record('NETWORK', id), encodeNetwork({ id, metadata: { name } }));
  for (const vlan of vlans) yield entry(keys.record('VLAN', String(vlan.tag)), encodeVLAN(vlan));
  for (const { record, tags } of vlanGroups) {
    yield entry(keys.record('VLAN_GROUP', record.id), encodeVLANGroup(record));
    for (const tag of tags) {
      yield link(keys.directory('VLAN_GROUP', record.id) + subkeys.vlans + tag);
      yield link(keys.directory('VLAN', String(tag)) + subkeys.vlanGroups + record.id);
    }
  }
}

function* subnetEntries(keys: Keys, { record }: SampleSubnet): Generator<Entry> {
  yield entry(keys.record('SUBNET', record.id), encodeSubnet(record));
  yield link(keys.directory('NETWORK', record.networkId) + subkeys.subnets + record.id);
}

function* hypervisorEntries(keys: Keys, hypervisor: SampleHypervisor): Generator<Entry> {
  const directory = keys.directory('HYPERVISOR', hypervisor.id);
  yield entry(keys.record('HYPERVISOR', hypervisor.id), encodeHypervisor(hypervisor.record()));
  for (const [name, value] of Object.entries(hypervisor.config)) {
    yield entry(directory + subkeys.config + keyFromText(name), Buffer.from(value));
  }
  for (const { record, bridge } of hypervisor.subnets) yield entry(directory + subkeys.subnets + record.id, Buffer.from(bridge));
  for (const id of hypervisor.guestIds) yield entry(directory + subkeys.guests + id, Buffer.from(id));
}

interface GuestEntries {
  readonly keys: Keys;
  readonly guest: SampleGuest;
  readonly index: number;
  readonly now: Date;
}

function* guestEntries({ keys, guest: { record, state, jobs }, index, now }: GuestEntries): Generator<Entry> {
  const directory = keys.directory('GUEST', record.id);
  // Spread over the last three days.
  const observedAt = minutesBefore(now, 5 + ((index * 37) % 4_300));
  yield entry(keys.record('GUEST', record.id), encodeGuest(record));
  if (record.subnetId !== null && record.ip !== null) {
    yield entry(keys.directory('SUBNET', record.subnetId) + subkeys.addresses + record.ip, Buffer.from(record.id));
  }
  if (state !== null)
    yield entry(directory + subkeys.state, encodeGuestState({ ...state, observedAt: observedAt.toISOString() }));
  for (const [nth, { id, action, error }] of jobs.entries()) {
    const finishedAt = minutesBefore(observedAt, 15 * (jobs.length - 1 - nth));
    const startedAt = minutesBefore(finishedAt, 1).toISOString();
    const times = { createdAt: startedAt, startedAt, finishedAt: finishedAt.toISOString() };
    const status = error === null ? 'DONE' : 'ERROR';
    yield entry(keys.record('JOB', id), encodeJob({ id, action, error, status, guestId: record.id, remoteId: id, ...times }));
  }
  const newest = jobs.at(-1);
  if (newest !== undefined) yield entry(`${directory}jobs`, Buffer.from(newest.id));
}

function minutesBefore(time: Date, minutes: number): Date {
  return new Date(time.getTime() - minutes * 60_000);
}

function entry(key: Key, value: Buffer): Entry {
  return { key, value, isLeased: false };
}

/** A key that says all by being there. */
function link(key: Key): Entry {
  return entry(key, Buffer.alloc(0));
}
