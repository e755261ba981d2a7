import type { StringMap } from '../../store/entities/entity.ts';
import { encodeNetwork, networkFields } from '../../store/entities/network.ts';
import type { Revision } from '../../store/store.ts';
import { commit, isUnchanged, type Mutation, put, remove, removeAll, rewrite } from '../commit/index.ts';
import { guestsBy } from '../guest-index.ts';
import { uuidOf } from '../id.ts';
import { linksToSubnets } from '../network-link.ts';
import { requireNode } from '../require.ts';
import { subnetsOfNetwork } from '../subnet-index.ts';
import { type Argument, type DeleteArguments, requireRevision } from './given.ts';
import { idsOf, isStillUnused, requireUnused } from './in-use.ts';
import { mergedMetadata, newMetadata, type StringMapPatch } from './metadata.ts';
import { noNewLinks } from './network-entry.ts';
import { idOfNewNode, isNewId } from './new-node.ts';

export interface CreateNetworkInput {
  readonly id?: Argument<string>;
  readonly metadata?: Argument<StringMap>;
}

export function createNetwork(mutation: Mutation, input: CreateNetworkInput) {
  return commit(mutation, async (context) => {
    const { keys } = context;
    const networkId = await idOfNewNode(context, input.id);
    const record = encodeNetwork({ id: networkId, metadata: newMetadata(input.metadata) });
    return {
      type: 'commit',
      compares: isNewId(keys, networkId),
      writes: [put(keys.record('NETWORK', networkId), record)],
      result: { networkId },
    };
  });
}

export interface UpdateNetworkInput {
  readonly id: string;
  readonly metadata?: Argument<StringMapPatch>;
  readonly ifRevision?: Argument<Revision>;
}

export function updateNetwork(mutation: Mutation, input: UpdateNetworkInput) {
  return commit(mutation, async (context) => {
    const network = await requireNode(context.loaders.NETWORK, uuidOf('id', input.id));
    requireRevision(network, input.ifRevision);
    const metadata = mergedMetadata(network.metadata, input.metadata);
    return {
      type: 'commit',
      compares: [isUnchanged(network)],
      writes: await rewrite(context, network, networkFields({ metadata })),
      result: { networkId: network.id },
    };
  });
}

/** Refused while it has subnets, by its links or by their records, or guests. */
export function deleteNetwork(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit(mutation, async (context) => {
    const network = await requireNode(context.loaders.NETWORK, uuidOf('id', id));
    requireRevision(network, ifRevision);
    const [linked, subnets, guests] = await Promise.all([
      linksToSubnets(context, network),
      subnetsOfNetwork(context, network.id),
      guestsBy(context, 'networkId', network.id),
    ]);
    const linkedIds = linked.map(({ subnetId }) => subnetId);
    requireUnused(`The network ${network.id} is used`, [...linkedIds, ...idsOf(subnets), ...idsOf(guests)]);
    return {
      type: 'commit',
      compares: [isUnchanged(network), await noNewLinks(context, network), await isStillUnused(context, 'NETWORK', network.id)],
      writes: [removeAll(network.directory), remove(context.keys.reference('NETWORK', network.id))],
      result: { deletedId: network.id },
    };
  });
}
