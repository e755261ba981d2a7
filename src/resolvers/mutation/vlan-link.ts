import { GatewayError } from '../../errors.ts';
import { nodeId } from '../../store/keys.ts';
import { commit, isPresent, isStill, type Mutation, putLink, recordKey, remove } from '../commit/index.ts';
import { uuidOf, vlanNameOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { groupSideKey, storedLink, vlanSideKey } from './vlan-link-key.ts';

export interface VLANLinkArguments {
  readonly vlanGroupId: string;
  readonly tag: number;
}

/**
 * Both sides are put also where one of them is there: whoever deletes the VLAN or the group at the same time sees by the side in
 * its own directory that there is a link that it has not seen.
 */
export function addVLANToGroup(mutation: Mutation, { vlanGroupId, tag }: VLANLinkArguments) {
  return commit(mutation, async (context) => {
    const [groupId, name] = [uuidOf('vlanGroupId', vlanGroupId), vlanNameOf('tag', tag)];
    const [group, vlan] = await Promise.all([
      requireNode(context.loaders.VLAN_GROUP, groupId),
      requireNode(context.loaders.VLAN, name),
    ]);
    const result = { vlanGroupId: group.id };
    const { groupSide, vlanSide } = await storedLink(context, group, tag);
    if (groupSide.length > 0 && vlanSide.length > 0) return { type: 'answer', result };
    return {
      type: 'commit',
      compares: [isPresent(recordKey(group)), isPresent(recordKey(vlan))],
      writes: [putLink(groupSideKey(group, tag)), putLink(vlanSide[0]?.key ?? vlanSideKey(context.keys, tag, group.id))],
      result,
    };
  });
}

/** The VLAN itself may be gone. */
export function removeVLANFromGroup(mutation: Mutation, { vlanGroupId, tag }: VLANLinkArguments) {
  return commit(mutation, async (context) => {
    const name = vlanNameOf('tag', tag);
    const group = await requireNode(context.loaders.VLAN_GROUP, uuidOf('vlanGroupId', vlanGroupId));
    const { groupSide, vlanSide } = await storedLink(context, group, tag);
    const sides = [...groupSide, ...vlanSide];
    if (sides.length === 0) throw notInGroup(name, group.id);
    return {
      type: 'commit',
      compares: [isPresent(recordKey(group)), ...sides.map((side) => isStill(side.key, side))],
      writes: sides.map(({ key }) => remove(key)),
      result: { vlanGroupId: group.id },
    };
  });
}

function notInGroup(name: string, groupId: string): GatewayError {
  const details = { kind: 'VLAN', id: nodeId('VLAN', name) };
  return new GatewayError('NOT_FOUND', `The VLAN ${name} is not in the VLAN group ${groupId}`, { details });
}
