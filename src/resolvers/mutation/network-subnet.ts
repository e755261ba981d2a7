import type { Context } from '../../context.ts';
import { GatewayError } from '../../errors.ts';
import { type Subnet, subnetFields } from '../../store/entities/subnet.ts';
import type { Compare } from '../../store/store.ts';
import { heldAddresses } from '../addressing.ts';
import { commit, isAbsent, isUnchanged, type Mutation, remove, rewrite } from '../commit/index.ts';
import { uuidOf } from '../id.ts';
import { notFound, requireNode } from '../require.ts';
import { requireUnused } from './in-use.ts';
import { enterNetwork, networkLinksTo, noNewLinks, requireNoOverlap } from './network-entry.ts';
import { isTaken } from './new-node.ts';
import { noNewAddresses } from './subnet-addresses.ts';

export interface NetworkSubnetArguments {
  readonly networkId: string;
  readonly subnetId: string;
}

/**
 * Links the two on both sides: the network has a link, and the subnet's record names the network. A side that is there already
 * stays as it is. INVALID_STATE when the record names another network, unless there is no such network any more.
 */
export function addSubnetToNetwork(mutation: Mutation, args: NetworkSubnetArguments) {
  return commit(mutation, async (context) => {
    const { networkId, subnetId } = canonicalIds(args);
    const network = await requireNode(context.loaders.NETWORK, networkId);
    const subnet = await requireNode(context.loaders.SUBNET, subnetId);
    const result = { subnetId };
    const isNamed = subnet.networkId === networkId;
    if (isNamed && (await networkLinksTo(context, network, subnetId)).length > 0) return { type: 'answer', result };
    const compares = isNamed ? [] : await leaveMissingNetwork(context, subnet);
    if (!isNamed) await requireNoOverlap(context, { network, subnetId, cidr: subnet.cidr, field: 'subnetId' });
    const entry = await enterNetwork(context, network, subnetId);
    return {
      type: 'commit',
      compares: [isUnchanged(subnet), ...compares, ...entry.compares],
      writes: [...(await rewrite(context, subnet, subnetFields({ networkId }))), ...entry.writes],
      references: [{ kind: 'SUBNET', id: subnetId }, ...entry.references],
      result,
    };
  });
}

/** A subnet is in one network only; from one that is gone it may be taken. Answers what must hold for that. */
async function leaveMissingNetwork(context: Context, { id, networkId }: Subnet): Promise<Compare[]> {
  if (networkId === null) return [];
  if (await isTaken(context, 'NETWORK', networkId)) {
    throw new GatewayError('INVALID_STATE', `The subnet ${id} is in the network ${networkId}: remove it from there first`, {
      details: { state: 'LINKED', networkId },
    });
  }
  return [isAbsent(context.keys.record('NETWORK', networkId))];
}

/**
 * Removes the link and clears the record's network, whichever of them is there. Refused while its addresses are held. Of a subnet
 * that is gone it removes the link that was left behind; then there is no subnet to answer, and it answers null.
 */
export async function removeSubnetFromNetwork(mutation: Mutation, args: NetworkSubnetArguments) {
  const { subnetId, isGone } = await commit(mutation, async (context) => {
    const ids = canonicalIds(args);
    const network = await requireNode(context.loaders.NETWORK, ids.networkId);
    const links = await networkLinksTo(context, network, ids.subnetId);
    const subnet = await context.loaders.SUBNET.get(ids.subnetId);
    if (links.length === 0 && subnet?.networkId !== network.id) throw notInNetwork(ids);
    const { compares, writes } = subnet === null ? stillGone(context, ids.subnetId) : await leave(context, subnet, network.id);
    return {
      type: 'commit',
      compares: [await noNewLinks(context, network), ...compares],
      writes: [...links.map(({ key }) => remove(key)), ...writes],
      result: { subnetId: ids.subnetId, isGone: subnet === null },
    };
  });
  return isGone ? null : { subnetId };
}

function notInNetwork({ networkId, subnetId }: NetworkSubnetArguments): GatewayError {
  return notFound('SUBNET', subnetId, `The subnet ${subnetId} is not in the network ${networkId}`);
}

function stillGone({ keys }: Context, subnetId: string) {
  return { compares: [isAbsent(keys.record('SUBNET', subnetId))], writes: [] };
}

async function leave(context: Context, subnet: Subnet, networkId: string) {
  const held = await heldAddresses(context, subnet);
  requireUnused(
    `The subnet ${subnet.id} can't leave its network: its addresses are held`,
    held.map(({ ownerId }) => ownerId),
  );
  return {
    compares: [isUnchanged(subnet), await noNewAddresses(context, subnet)],
    writes: subnet.networkId === networkId ? await rewrite(context, subnet, subnetFields({ networkId: null })) : [],
  };
}

function canonicalIds({ networkId, subnetId }: NetworkSubnetArguments): NetworkSubnetArguments {
  return { networkId: uuidOf('networkId', networkId), subnetId: uuidOf('subnetId', subnetId) };
}
