import type { Context } from '../../context.ts';
import type { Flavor } from '../../store/entities/flavor.ts';
import type { Guest } from '../../store/entities/guest.ts';
import type { Network } from '../../store/entities/network.ts';
import type { Subnet } from '../../store/entities/subnet.ts';
import { subkeys } from '../../store/keys.ts';
import { type Key, prefixRange } from '../../store/range.ts';
import { linksToSubnets } from '../network-link.ts';
import { requireNode } from '../require.ts';
import { getReservation, type Reservation } from '../reservation.ts';
import type { PlacementNeeds } from './filter.ts';

/** What is to be placed. */
export interface PlacementSubject {
  readonly flavor: Flavor;
  readonly network: Network;
  /** Where it may get an address from, by id: one subnet at most when an address is reserved for it. */
  readonly subnets: ReadonlyMap<string, NetworkSubnet>;
  readonly reservation: Reservation | null;
}

/** A subnet and its network that name each other. */
export interface NetworkSubnet {
  readonly subnet: Subnet;
  /** The network's key that says so. */
  readonly networkLink: Key;
}

export interface SubjectParts {
  readonly flavor: Flavor;
  readonly network: Network;
  readonly reservation: Reservation | null;
}

export async function subjectOf(context: Context, { flavor, network, reservation }: SubjectParts): Promise<PlacementSubject> {
  const links = await linksToSubnets(context, network);
  const wanted = reservation === null ? links : links.filter(({ subnetId }) => subnetId === reservation.subnet.id);
  const subnets = new Map<string, NetworkSubnet>();
  const found = await Promise.all(wanted.map(({ subnetId }) => context.loaders.SUBNET.follow(subnetId)));
  for (const [index, subnet] of found.entries()) {
    const link = wanted[index];
    if (subnet?.networkId === network.id && link !== undefined) subnets.set(subnet.id, { subnet, networkLink: link.key });
  }
  return { flavor, network, subnets, reservation };
}

export async function subjectOfGuest(context: Context, guest: Guest): Promise<PlacementSubject> {
  const [flavor, network, reservation] = await Promise.all([
    requireNode(context.loaders.FLAVOR, guest.flavorId),
    requireNetwork(context, guest.networkId),
    getReservation(context, guest),
  ]);
  return subjectOf(context, { flavor, network, reservation });
}

/** Its links to subnets, which placement needs next, come in the same wave: they lie where its id says, but for an odd spelling. */
export async function requireNetwork(context: Context, id: string): Promise<Network> {
  const links = prefixRange(context.keys.directory('NETWORK', id) + subkeys.subnets);
  const [network] = await Promise.all([requireNode(context.loaders.NETWORK, id), context.snapshot.list(links)]);
  return network;
}

export function needsOf({ flavor, reservation }: PlacementSubject): PlacementNeeds {
  const reserved = reservation === null ? null : { subnetId: reservation.subnet.id, ip: reservation.ip };
  return { resources: flavor.resources, reserved };
}
