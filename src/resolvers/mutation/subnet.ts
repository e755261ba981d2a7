import type { Context } from '../../context.ts';
import type { StringMap } from '../../store/entities/entity.ts';
import { encodeSubnet, subnetFields } from '../../store/entities/subnet.ts';
import type { Revision } from '../../store/store.ts';
import { heldAddresses } from '../addressing.ts';
import { commit, isUnchanged, type Mutation, put, remove, removeAll, rewrite } from '../commit/index.ts';
import { guestsBy } from '../guest-index.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { attachmentsOfSubnet } from '../subnet-attachment.ts';
import { type Argument, changed, type DeleteArguments, notNull, requireRevision } from './given.ts';
import { idsOf, isStillUnused, requireUnused } from './in-use.ts';
import { mergedMetadata, newMetadata, type StringMapPatch } from './metadata.ts';
import { allLinksTo, enterNetwork, type NetworkEntry, noNewLinksAnywhere, requireNoOverlap } from './network-entry.ts';
import { idOfNewNode, isNewId } from './new-node.ts';
import { stepOfLinks } from './stale-link.ts';
import { allowNewAddresses, type NewAddresses, noNewAddresses } from './subnet-addresses.ts';
import { requireGatewayWithin, subnetRangeOf } from './subnet-range.ts';

export interface CreateSubnetInput {
  readonly id?: Argument<string>;
  readonly metadata?: Argument<StringMap>;
  readonly networkId?: Argument<string>;
  /** Canonical, its host bits zero. */
  readonly cidr: string;
  readonly gateway?: Argument<string>;
  readonly startRange: string;
  readonly endRange: string;
}

export function createSubnet(mutation: Mutation, input: CreateSubnetInput) {
  return commit(mutation, async (context) => {
    const { cidr, startRange, endRange, gateway = null } = input;
    subnetRangeOf({ cidr, startRange, endRange });
    if (gateway !== null) requireGatewayWithin(cidr, gateway);
    const metadata = newMetadata(input.metadata);
    const networkId = networkIdOf(input);
    const subnetId = await idOfNewNode(context, input.id);
    const entry = networkId === null ? noEntry : await newEntry(context, { networkId, subnetId, cidr });
    const record = encodeSubnet({ id: subnetId, metadata, networkId, gateway, cidr, startRange, endRange });
    return {
      type: 'commit',
      compares: [...isNewId(context.keys, subnetId), ...entry.compares],
      writes: [put(context.keys.record('SUBNET', subnetId), record), ...entry.writes],
      references: entry.references,
      result: { subnetId },
    };
  });
}

function networkIdOf({ networkId = null }: CreateSubnetInput): string | null {
  return networkId === null ? null : uuidOf('networkId', networkId);
}

const noEntry: NetworkEntry = { compares: [], writes: [], references: [] };

interface NewSubnet {
  readonly networkId: string;
  readonly subnetId: string;
  readonly cidr: string;
}

async function newEntry(context: Context, { networkId, subnetId, cidr }: NewSubnet): Promise<NetworkEntry> {
  const network = await requireNode(context.loaders.NETWORK, networkId);
  await requireNoOverlap(context, { network, subnetId, cidr, field: 'cidr' });
  return enterNetwork(context, network, subnetId);
}

export interface UpdateSubnetInput {
  readonly id: string;
  readonly metadata?: Argument<StringMapPatch>;
  /** Null: from now on it has none. */
  readonly gateway?: Argument<string>;
  readonly startRange?: Argument<string>;
  readonly endRange?: Argument<string>;
  readonly ifRevision?: Argument<Revision>;
}

export function updateSubnet(mutation: Mutation, input: UpdateSubnetInput) {
  return commit(mutation, async (context) => {
    const subnet = await requireNode(context.loaders.SUBNET, uuidOf('id', input.id));
    requireRevision(subnet, input.ifRevision);
    const metadata = mergedMetadata(subnet.metadata, input.metadata);
    const addresses: NewAddresses = {
      gateway: changed(subnet.gateway, input.gateway),
      startRange: changed(subnet.startRange, notNull('startRange', input.startRange)),
      endRange: changed(subnet.endRange, notNull('endRange', input.endRange)),
    };
    return {
      type: 'commit',
      compares: [isUnchanged(subnet), ...(await allowNewAddresses(context, subnet, addresses))],
      writes: await rewrite(context, subnet, subnetFields({ metadata, ...addresses })),
      result: { subnetId: subnet.id },
    };
  });
}

/**
 * Refused while somebody holds an address of it, a hypervisor has it (also one whose record is gone), or a guest's record names it.
 * A network that links to it does not use it: those links go with it.
 */
export function deleteSubnet(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit(mutation, async (context) => {
    const subnet = await requireNode(context.loaders.SUBNET, uuidOf('id', id));
    requireRevision(subnet, ifRevision);
    const [held, attachments, guests] = await Promise.all([
      heldAddresses(context, subnet),
      attachmentsOfSubnet(context, subnet),
      guestsBy(context, 'subnetId', subnet.id),
    ]);
    requireUnused(`The subnet ${subnet.id} is used`, [
      ...held.map(({ ownerId }) => ownerId),
      ...attachments.map(({ hypervisorId }) => hypervisorId),
      ...idsOf(guests),
    ]);
    const links = await allLinksTo(context, subnet.id);
    const compares = [
      isUnchanged(subnet),
      await noNewAddresses(context, subnet),
      await isStillUnused(context, 'SUBNET', subnet.id),
      await noNewLinksAnywhere(context),
    ];
    const step = stepOfLinks(links, compares);
    if (step !== null) return step;
    return {
      type: 'commit',
      compares,
      writes: [
        removeAll(subnet.directory),
        remove(context.keys.reference('SUBNET', subnet.id)),
        ...links.map(({ key }) => remove(key)),
      ],
      result: { deletedId: subnet.id },
    };
  });
}
