import type { Context } from '../../context.ts';
import { badUserInput } from '../../errors.ts';
import type { StringMap } from '../../store/entities/entity.ts';
import type { VLAN } from '../../store/entities/vlan.ts';
import { encodeVLANGroup, vlanGroupFields } from '../../store/entities/vlan-group.ts';
import { subkeys } from '../../store/keys.ts';
import { prefixRange } from '../../store/range.ts';
import type { Revision } from '../../store/store.ts';
import {
  commit,
  type Decision,
  isNotNewer,
  isPresent,
  isUnchanged,
  type Mutation,
  put,
  putLink,
  recordKey,
  remove,
  removeAll,
  rewrite,
} from '../commit/index.ts';
import { guestsBy } from '../guest-index.ts';
import { uuidOf, vlanNameOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { type Argument, type DeleteArguments, notNull, requireRevision } from './given.ts';
import { idsOf, isStillUnused, requireUnused } from './in-use.ts';
import { mergedMetadata, newMetadata, type StringMapPatch } from './metadata.ts';
import { idOfNewNode, isNewId } from './new-node.ts';
import { changedDescription, descriptionOf } from './text.ts';
import { allLinkKeys, groupSideKey, vlanSideKey, wholeLinks } from './vlan-link-key.ts';

/** Each takes a compare and two writes of the one commit, which has room for 128. */
export const newGroupTagLimit = 50;

export interface CreateVLANGroupInput {
  readonly id?: Argument<string>;
  readonly description: string;
  readonly metadata?: Argument<StringMap>;
  readonly vlanTags: readonly number[];
}

export function createVLANGroup(mutation: Mutation, input: CreateVLANGroupInput) {
  return commit(mutation, async (context) => {
    const { keys } = context;
    const vlanGroupId = await idOfNewNode(context, input.id);
    const record = encodeVLANGroup({
      id: vlanGroupId,
      description: descriptionOf(input.description),
      metadata: newMetadata(input.metadata),
    });
    const vlans = await vlansOf(context, input.vlanTags);
    const directory = keys.directory('VLAN_GROUP', vlanGroupId);
    const links = vlans.flatMap(({ tag }) => [groupSideKey({ directory }, tag), vlanSideKey(keys, tag, vlanGroupId)]);
    return {
      type: 'commit',
      compares: [...isNewId(keys, vlanGroupId), ...vlans.map((vlan) => isPresent(recordKey(vlan)))],
      writes: [put(keys.record('VLAN_GROUP', vlanGroupId), record), ...links.map(putLink)],
      result: { vlanGroupId },
    };
  });
}

/** Each once, whatever the number of times that it is given. */
function vlansOf(context: Context, given: readonly number[]): Promise<readonly VLAN[]> {
  const tags = [...new Set(given)];
  if (tags.length > newGroupTagLimit) {
    const message = `${tags.length} VLANs were given: at most ${newGroupTagLimit} are allowed at once; add others later`;
    throw badUserInput('vlanTags', message);
  }
  const names = tags.map((tag) => vlanNameOf('vlanTags', tag));
  return Promise.all(names.map((name) => requireNode(context.loaders.VLAN, name)));
}

export interface UpdateVLANGroupInput {
  readonly id: string;
  readonly description?: Argument<string>;
  readonly metadata?: Argument<StringMapPatch>;
  readonly ifRevision?: Argument<Revision>;
}

export function updateVLANGroup(mutation: Mutation, input: UpdateVLANGroupInput) {
  return commit(mutation, async (context) => {
    const group = await requireNode(context.loaders.VLAN_GROUP, uuidOf('id', input.id));
    requireRevision(group, input.ifRevision);
    const fields = vlanGroupFields({
      description: changedDescription(group.description, notNull('description', input.description)),
      metadata: mergedMetadata(group.metadata, input.metadata),
    });
    return {
      type: 'commit',
      compares: [isUnchanged(group)],
      writes: await rewrite(context, group, fields),
      result: { vlanGroupId: group.id },
    };
  });
}

/** Refused while a guest has it. Both sides of its links go with it, or before it where they are too many for one commit. */
export function deleteVLANGroup(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit(mutation, async (context): Promise<Decision<{ readonly deletedId: string }>> => {
    const group = await requireNode(context.loaders.VLAN_GROUP, uuidOf('id', id));
    requireRevision(group, ifRevision);
    const [guests, linkKeys] = await Promise.all([guestsBy(context, 'vlanGroupId', group.id), allLinkKeys(context)]);
    requireUnused(`The VLAN group ${group.id} is used`, idsOf(guests));
    const links = linkKeys.filter(({ groupId }) => groupId === group.id);
    const fitting = wholeLinks(links, 'tag');
    const compares = [isUnchanged(group), await isStillUnused(context, 'VLAN_GROUP', group.id)];
    const writes = fitting.map(remove);
    if (fitting.length < links.length) return { type: 'step', compares, writes };
    const vlans = prefixRange(group.directory + subkeys.vlans);
    return {
      type: 'commit',
      compares: [...compares, isNotNewer(vlans, await context.snapshot.revision())],
      writes: [...writes, removeAll(group.directory), remove(context.keys.reference('VLAN_GROUP', group.id))],
      result: { deletedId: group.id },
    };
  });
}
