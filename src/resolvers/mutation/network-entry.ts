import type { Context } from '../../context.ts';
import { badUserInput } from '../../errors.ts';
import { directoriesOf } from '../../store/directory.ts';
import type { Network } from '../../store/entities/network.ts';
import { folderRange, subkeys } from '../../store/keys.ts';
import { prefixRange, textFromKey } from '../../store/range.ts';
import type { Compare, KeyValue, Write } from '../../store/store.ts';
import { canonicalUuid } from '../../store/values/uuid.ts';
import { isNotNewer, isUnchanged, putLink, type Reference } from '../commit/index.ts';
import { linksToSubnets, type NetworkLink } from '../network-link.ts';
import { subnetsOfNetwork } from '../subnet-index.ts';
import { networkRangeOf, overlaps } from './subnet-range.ts';

/** What puts a subnet into a network's list. */
export interface NetworkEntry {
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
  readonly references: readonly Reference[];
}

export async function enterNetwork(context: Context, network: Network, subnetId: string): Promise<NetworkEntry> {
  const [link] = await networkLinksTo(context, network, subnetId);
  return {
    compares: [isUnchanged(network), await noNewLinks(context, network)],
    // Also where it is there already: then it may be removed until the commit.
    writes: [putLink(link?.key ?? network.directory + subkeys.subnets + subnetId)],
    references: [{ kind: 'NETWORK', id: network.id }],
  };
}

export interface NewMember {
  readonly network: Network;
  readonly subnetId: string;
  readonly cidr: string;
  /** The argument that is to be blamed. */
  readonly field: 'cidr' | 'subnetId';
}

/**
 * Refuses a subnet that shares addresses with another one of the network, which has those that it links to and those whose record
 * names it. `enterNetwork` guards this: no gateway lets a subnet into a network without putting its link, and none changes a CIDR.
 */
export async function requireNoOverlap(context: Context, { network, subnetId, cidr, field }: NewMember): Promise<void> {
  const [links, named] = await Promise.all([linksToSubnets(context, network), subnetsOfNetwork(context, network.id)]);
  const linked = await Promise.all(links.map((link) => context.loaders.SUBNET.follow(link.subnetId)));
  const range = networkRangeOf(cidr);
  for (const other of [...named, ...linked]) {
    if (other === null || other.id === subnetId || !overlaps(range, networkRangeOf(other.cidr))) continue;
    throw badUserInput(field, `${cidr} overlaps ${other.cidr}, which the subnet ${other.id} of the same network has`);
  }
}

/** Of the network's links those to this subnet: one, unless another tool spelled its id in several ways. */
export async function networkLinksTo(context: Context, network: Network, subnetId: string): Promise<readonly NetworkLink[]> {
  return (await linksToSubnets(context, network)).filter((link) => link.subnetId === subnetId);
}

/** No subnet entered the network since the context's snapshot. */
export async function noNewLinks({ snapshot }: Context, { directory }: Network): Promise<Compare> {
  return isNotNewer(prefixRange(directory + subkeys.subnets), await snapshot.revision());
}

/**
 * The links to a subnet in all networks, also in those without a record: where another tool stopped halfway, a network links to a
 * subnet whose record names none, or another one. They can be anywhere, so this reads the whole folder.
 */
export async function allLinksTo({ snapshot, keys }: Context, subnetId: string): Promise<readonly KeyValue[]> {
  const entries = await snapshot.list(folderRange(keys, 'NETWORK'));
  return [...directoriesOf(keys, 'NETWORK', entries)].flatMap((directory) => {
    const start = directory.path + subkeys.subnets;
    const links = directory.entries.filter(({ key }) => key.startsWith(start));
    return links.filter(({ key }) => canonicalUuid(textFromKey(key.slice(start.length))) === subnetId);
  });
}

/** No network got a new link, to whichever subnet, since the context's snapshot. Networks change rarely enough for that. */
export async function noNewLinksAnywhere({ snapshot, keys }: Context): Promise<Compare> {
  return isNotNewer(folderRange(keys, 'NETWORK'), await snapshot.revision());
}
