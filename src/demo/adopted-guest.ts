import { directoriesOf } from '../store/directory.ts';
import type { Guest } from '../store/entities/guest.ts';
import { decodeGuestState, type GuestState } from '../store/entities/guest-state.ts';
import { folderRange, type Keys, subkeys } from '../store/keys.ts';
import { type Loaders, openLoaders } from '../store/loaders.ts';
import { openSnapshot, type Snapshot } from '../store/snapshot.ts';
import type { KeyValue, Store } from '../store/store.ts';
import { parseCIDR } from '../store/values/cidr.ts';
import type { SimulatedGuest } from './simulated-guest.ts';

export interface Adoption {
  readonly store: Store;
  readonly keys: Keys;
  readonly signal?: AbortSignal;
}

/**
 * The guests that the agent of each hypervisor has when its simulation begins: those that the store links to it, in the states
 * that the store has of them, so that nobody who compares the two finds a difference.
 */
export async function adoptGuests({ store, keys, signal }: Adoption): Promise<ReadonlyMap<string, readonly SimulatedGuest[]>> {
  const snapshot = openSnapshot({ store, ...(signal === undefined ? {} : { signal }) });
  const loaders = openLoaders({ snapshot, keys });
  const [hypervisors, guests, groups] = await Promise.all([
    snapshot.list(folderRange(keys, 'HYPERVISOR')),
    loaders.GUEST.list(),
    snapshot.list(folderRange(keys, 'VLAN_GROUP')),
  ]);
  const tags = tagsByGroup(keys, groups);
  const guestById = new Map(guests.all.map((guest) => [guest.id, guest]));
  const adopted = new Map<string, readonly SimulatedGuest[]>();
  for (const { name, path, entries } of directoriesOf(keys, 'HYPERVISOR', hypervisors)) {
    const links = entries.filter(({ key }) => key.startsWith(path + subkeys.guests));
    const linked = links.map(({ key }) => guestById.get(key.slice(path.length + subkeys.guests.length)));
    const made = await Promise.all(linked.map((guest) => guest && adoptGuest({ guest, snapshot, loaders, tags })));
    adopted.set(
      name,
      made.filter((guest) => guest != null),
    );
  }
  return adopted;
}

interface Source {
  readonly guest: Guest;
  readonly snapshot: Snapshot;
  readonly loaders: Loaders;
  readonly tags: ReadonlyMap<string, readonly number[]>;
}

/** As a gateway would have created it. Null: its agent does not have it yet. */
async function adoptGuest({ guest, snapshot, loaders, tags }: Source): Promise<SimulatedGuest | null> {
  const record = await snapshot.get(guest.directory + subkeys.state);
  const state = reportedState(guest.state, record ?? undefined);
  if (state === null) return null;
  const { id, type, metadata, mac, ip, bridge } = guest;
  const flavor = await loaders.FLAVOR.follow(guest.flavorId);
  const subnet = await loaders.SUBNET.follow(guest.subnetId);
  const image = flavor?.imageId ?? '';
  const nic = {
    ...{ name: 'eth0', network: bridge ?? '', model: 'virtio', mac: mac ?? '', address: ip ?? '' },
    ...{ netmask: netmaskHex(subnet?.cidr ?? null), gateway: subnet?.gateway ?? '' },
    vlans: (guest.vlanGroupId === null ? undefined : tags.get(guest.vlanGroupId)) ?? [1],
  };
  const disk = { bus: '', device: '', size: Number(flavor?.resources.disk ?? 0), volume: '', image, source: image };
  const size = { memory: Number(flavor?.resources.memory ?? 0), cpu: Number(flavor?.resources.cpu ?? 0) };
  return { id, type, image, nics: [nic], disks: [disk], state, ...size, metadata };
}

/** The agent's word for a guest in this state; null where the agent has no such guest. */
function reportedState(state: GuestState, record: KeyValue | undefined): string | null {
  switch (state) {
    case 'RUNNING':
    case 'DELETING':
      return 'running';
    case 'STOPPED':
      return 'shutoff';
    case 'SUSPENDED':
      return 'paused';
    case 'ERROR':
      return 'crashed';
    case 'UNKNOWN':
      return lastState(decodeGuestState(record).before);
    case 'UNPLACED':
    case 'PENDING':
    case 'CREATING':
      return null;
  }
}

/** A guest that was lost with its hypervisor has gone on as it was; of one that nobody knew anything of nothing is known now. */
function lastState(before: GuestState | null): string | null {
  return before === null || before === 'UNKNOWN' ? 'nostate' : reportedState(before, undefined);
}

/** Of each VLAN group, ascending; one without tags is not among them. */
function tagsByGroup(keys: Keys, entries: readonly KeyValue[]): ReadonlyMap<string, readonly number[]> {
  const tags = new Map<string, number[]>();
  for (const { name, path, entries: own } of directoriesOf(keys, 'VLAN_GROUP', entries)) {
    const links = own.filter(({ key }) => key.startsWith(path + subkeys.vlans));
    const found = links.map(({ key }) => Number(key.slice(path.length + subkeys.vlans.length))).filter(Number.isInteger);
    if (found.length > 0)
      tags.set(
        name,
        found.sort((a, b) => a - b),
      );
  }
  return tags;
}

/** Of `10.0.0.0/24`: `ffffff00`. */
function netmaskHex(cidr: string | null): string {
  const network = cidr === null ? null : parseCIDR(cidr);
  if (network === null) return '';
  const bits = network.range.family === 4 ? 32 : 128;
  const mask = ((1n << BigInt(network.prefixLength)) - 1n) << BigInt(bits - network.prefixLength);
  return mask.toString(16).padStart(bits / 4, '0');
}
