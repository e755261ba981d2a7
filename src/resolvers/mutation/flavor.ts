import type { Resources, StringMap } from '../../store/entities/entity.ts';
import { encodeFlavor, type Flavor, flavorFields } from '../../store/entities/flavor.ts';
import type { Revision } from '../../store/store.ts';
import { commit, isUnchanged, type Mutation, put, remove, removeAll, rewrite } from '../commit/index.ts';
import { guestsBy } from '../guest-index.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { type Argument, changed, type DeleteArguments, notNull, requireRevision } from './given.ts';
import { idsOf, isStillUnused, requireUnused } from './in-use.ts';
import { mergedMetadata, newMetadata, type StringMapPatch } from './metadata.ts';
import { idOfNewNode, isNewId } from './new-node.ts';
import { isSameResources, resourcesOf } from './resources.ts';

export interface CreateFlavorInput {
  readonly id?: Argument<string>;
  readonly imageId: string;
  readonly metadata?: Argument<StringMap>;
  readonly resources: Resources;
}

export function createFlavor(mutation: Mutation, input: CreateFlavorInput) {
  return commit(mutation, async (context) => {
    const { keys } = context;
    const flavorId = await idOfNewNode(context, input.id);
    const record = encodeFlavor({
      id: flavorId,
      imageId: uuidOf('imageId', input.imageId),
      metadata: newMetadata(input.metadata),
      resources: resourcesOf(input.resources),
    });
    return {
      type: 'commit',
      compares: isNewId(keys, flavorId),
      writes: [put(keys.record('FLAVOR', flavorId), record)],
      result: { flavorId },
    };
  });
}

export interface UpdateFlavorInput {
  readonly id: string;
  readonly imageId?: Argument<string>;
  readonly metadata?: Argument<StringMapPatch>;
  readonly resources?: Argument<Resources>;
  readonly ifRevision?: Argument<Revision>;
}

/** The resources stay while a placed guest has them: what its hypervisor has left was counted with them. */
export function updateFlavor(mutation: Mutation, input: UpdateFlavorInput) {
  return commit(mutation, async (context) => {
    const flavor = await requireNode(context.loaders.FLAVOR, uuidOf('id', input.id));
    requireRevision(flavor, input.ifRevision);
    const imageId = notNull('imageId', input.imageId);
    const resources = changedResources(flavor, input.resources);
    const fields = flavorFields({
      imageId: changed(flavor.imageId, imageId === undefined ? undefined : uuidOf('imageId', imageId)),
      metadata: mergedMetadata(flavor.metadata, input.metadata),
      resources,
    });
    const compares = [isUnchanged(flavor)];
    if (resources !== undefined) {
      const guests = await guestsBy(context, 'flavorId', flavor.id);
      const placed = [...guests].filter(({ hypervisorId }) => hypervisorId !== null);
      requireUnused(`The resources of the flavor ${flavor.id} stay as they are while it is used`, idsOf(placed));
      compares.push(await isStillUnused(context, 'FLAVOR', flavor.id));
    }
    return { type: 'commit', compares, writes: await rewrite(context, flavor, fields), result: { flavorId: flavor.id } };
  });
}

/** Undefined when they stay as they are. */
function changedResources(flavor: Flavor, given: Argument<Resources>): Resources | undefined {
  const resources = notNull('resources', given);
  if (resources === undefined || isSameResources(resources, flavor.resources)) return undefined;
  return resourcesOf(resources);
}

/** Refused while a guest has it, placed or not. */
export function deleteFlavor(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit(mutation, async (context) => {
    const flavor = await requireNode(context.loaders.FLAVOR, uuidOf('id', id));
    requireRevision(flavor, ifRevision);
    const guests = await guestsBy(context, 'flavorId', flavor.id);
    requireUnused(`The flavor ${flavor.id} is used`, idsOf(guests));
    return {
      type: 'commit',
      compares: [isUnchanged(flavor), await isStillUnused(context, 'FLAVOR', flavor.id)],
      writes: [removeAll(flavor.directory), remove(context.keys.reference('FLAVOR', flavor.id))],
      result: { deletedId: flavor.id },
    };
  });
}
