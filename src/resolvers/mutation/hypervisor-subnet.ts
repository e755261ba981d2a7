import type { Context } from '../../context.ts';
import { badUserInput, type GatewayError } from '../../errors.ts';
import type { DirectoryEntity } from '../../store/entities/entity.ts';
import { subkeys } from '../../store/keys.ts';
import type { Key } from '../../store/range.ts';
import type { KeyValue } from '../../store/store.ts';
import { canonicalUuid } from '../../store/values/uuid.ts';
import { listBelow, textOfValue } from '../below.ts';
import { commit, isStill, isUnchanged, type Mutation, put, remove } from '../commit/index.ts';
import { uuidOf } from '../id.ts';
import { quote } from '../quote.ts';
import { notFound, requireNode } from '../require.ts';
import { requireNoGuest } from './subnet-use.ts';
import { textOf } from './text.ts';

export interface HypervisorSubnetArguments {
  readonly hypervisorId: string;
  readonly subnetId: string;
}

export interface AttachSubnetArguments extends HypervisorSubnetArguments {
  readonly bridge: string;
}

/** Attaching it again with another bridge changes it: refused while a guest there is connected to the one that it has. */
export function attachSubnet(mutation: Mutation, args: AttachSubnetArguments) {
  return commit(mutation, async (context) => {
    const { hypervisorId, subnetId } = canonicalIds(args);
    const bridge = bridgeOf('bridge', args.bridge);
    const hypervisor = await requireNode(context.loaders.HYPERVISOR, hypervisorId);
    const subnet = await requireNode(context.loaders.SUBNET, subnetId);
    const links = await attachmentKeys(context, hypervisor, subnetId);
    const result = { hypervisorId };
    if (links.length > 0 && links.every((link) => textOfValue(link) === bridge)) return { type: 'answer', result };
    const unused = links.length === 0 ? [] : await requireNoGuest(context, hypervisor, subnetId);
    const key: Key = hypervisor.directory + subkeys.subnets + subnetId;
    return {
      type: 'commit',
      compares: [
        isUnchanged(hypervisor),
        isUnchanged(subnet),
        ...unused,
        ...(links.length === 0 ? [isStill(key, null)] : links.map((link) => isStill(link.key, link))),
      ],
      writes: links.length === 0 ? [put(key, bridge)] : links.map((link) => put(link.key, bridge)),
      references: [
        { kind: 'HYPERVISOR', id: hypervisorId },
        { kind: 'SUBNET', id: subnetId },
      ],
      result,
    };
  });
}

/**
 * Refused while a guest there has an address of the subnet. Either of the two may be gone, and its link left behind. Where that is
 * the hypervisor, there is none to answer, and it answers null.
 */
export async function detachSubnet(mutation: Mutation, args: HypervisorSubnetArguments) {
  const { hypervisorId, isGone } = await commit(mutation, async (context) => {
    const ids = canonicalIds(args);
    const known = await context.loaders.HYPERVISOR.get(ids.hypervisorId);
    const hypervisor = known ?? missingHypervisor(context, ids.hypervisorId);
    const links = await attachmentKeys(context, hypervisor, ids.subnetId);
    if (links.length === 0 && known === null) throw notFound('HYPERVISOR', ids.hypervisorId);
    if (links.length === 0) throw notAttached(ids);
    return {
      type: 'commit',
      compares: [
        isUnchanged(hypervisor),
        ...(await requireNoGuest(context, hypervisor, ids.subnetId)),
        ...links.map((link) => isStill(link.key, link)),
      ],
      writes: links.map(({ key }) => remove(key)),
      result: { hypervisorId: ids.hypervisorId, isGone: known === null },
    };
  });
  return isGone ? null : { hypervisorId };
}

function notAttached({ hypervisorId, subnetId }: HypervisorSubnetArguments): GatewayError {
  return notFound('SUBNET', subnetId, `The subnet ${subnetId} is not attached to the hypervisor ${hypervisorId}`);
}

function canonicalIds({ hypervisorId, subnetId }: HypervisorSubnetArguments): HypervisorSubnetArguments {
  return { hypervisorId: uuidOf('hypervisorId', hypervisorId), subnetId: uuidOf('subnetId', subnetId) };
}

/** Where keys of it may lie without a record. Revision 0 says so: it is unchanged while there is none. */
function missingHypervisor({ keys }: Context, id: string): DirectoryEntity {
  return { kind: 'HYPERVISOR', id, revision: 0, directory: keys.directory('HYPERVISOR', id) };
}

/** The subnet's links as stored: one, unless another tool spelled the subnet's id in several ways. */
async function attachmentKeys(context: Context, hypervisor: DirectoryEntity, subnetId: string): Promise<readonly KeyValue[]> {
  const links = await listBelow(context, hypervisor, subkeys.subnets);
  return links.filter(({ name }) => canonicalUuid(name) === subnetId).map(({ entry }) => entry);
}

/** Linux takes no longer name of an interface. */
const bridgeLimitBytes = 15;

function bridgeOf(field: string, given: string): string {
  const bridge = textOf({ field, text: given, limitBytes: bridgeLimitBytes });
  if (bridge === '' || bridge === '.' || bridge === '..' || /[\s/:\p{Cc}]/u.test(bridge)) {
    const allowed = `a bridge has a name of 1 to ${bridgeLimitBytes} bytes without white space, "/" and ":", such as "br0"`;
    throw badUserInput(field, `${quote(bridge)} is no bridge: ${allowed}`);
  }
  return bridge;
}
