import { encodeVLAN, vlanFields } from '../../store/entities/vlan.ts';
import { subkeys } from '../../store/keys.ts';
import { prefixRange } from '../../store/range.ts';
import type { Revision } from '../../store/store.ts';
import {
  commit,
  type Decision,
  isAbsent,
  isNotNewer,
  isUnchanged,
  type Mutation,
  put,
  remove,
  removeAll,
  rewrite,
} from '../commit/index.ts';
import { vlanNameOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { type Argument, requireRevision } from './given.ts';
import { alreadyExists, isTaken } from './new-node.ts';
import { changedDescription, descriptionOf } from './text.ts';
import { allLinkKeys, wholeLinks } from './vlan-link-key.ts';

export interface CreateVLANInput {
  readonly tag: number;
  readonly description: string;
}

export function createVLAN(mutation: Mutation, { tag, description }: CreateVLANInput) {
  return commit(mutation, async (context) => {
    const name = vlanNameOf('tag', tag);
    if (await isTaken(context, 'VLAN', name)) throw alreadyExists('VLAN', name);
    const key = context.keys.record('VLAN', name);
    return {
      type: 'commit',
      compares: [isAbsent(key)],
      writes: [put(key, encodeVLAN({ tag, description: descriptionOf(description) }))],
      result: { name },
    };
  });
}

export interface UpdateVLANInput {
  readonly tag: number;
  readonly description: string;
  readonly ifRevision?: Argument<Revision>;
}

export function updateVLAN(mutation: Mutation, input: UpdateVLANInput) {
  return commit(mutation, async (context) => {
    const name = vlanNameOf('tag', input.tag);
    const vlan = await requireNode(context.loaders.VLAN, name);
    requireRevision(vlan, input.ifRevision);
    const description = changedDescription(vlan.description, input.description);
    return {
      type: 'commit',
      compares: [isUnchanged(vlan)],
      writes: await rewrite(context, vlan, vlanFields({ description })),
      result: { name },
    };
  });
}

export interface DeleteVLANArguments {
  readonly tag: number;
  readonly ifRevision?: Argument<Revision>;
}

/** It leaves its groups: both sides of its links go with it, or before it where they are too many for one commit. */
export function deleteVLAN(mutation: Mutation, { tag, ifRevision }: DeleteVLANArguments) {
  return commit(mutation, async (context): Promise<Decision<{ readonly deletedId: string }>> => {
    const name = vlanNameOf('tag', tag);
    const vlan = await requireNode(context.loaders.VLAN, name);
    requireRevision(vlan, ifRevision);
    const links = (await allLinkKeys(context)).filter((link) => link.tag === name);
    const fitting = wholeLinks(links, 'groupId');
    const compares = [isUnchanged(vlan)];
    const writes = fitting.map(remove);
    if (fitting.length < links.length) return { type: 'step', compares, writes };
    const groups = prefixRange(vlan.directory + subkeys.vlanGroups);
    return {
      type: 'commit',
      compares: [...compares, isNotNewer(groups, await context.snapshot.revision())],
      writes: [...writes, removeAll(vlan.directory)],
      result: { deletedId: vlan.id },
    };
  });
}
