import type { Resources, StringMap } from '../../store/entities/entity.ts';
import { encodeHypervisor, hypervisorFields } from '../../store/entities/hypervisor.ts';
import { subkeys } from '../../store/keys.ts';
import { prefixRange } from '../../store/range.ts';
import type { Revision } from '../../store/store.ts';
import { commit, isNotNewer, isUnchanged, type Mutation, put, remove, removeAll, rewrite } from '../commit/index.ts';
import { guestsBy } from '../guest-index.ts';
import { linksToGuests } from '../guest-link.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { type Capacity, noResources } from '../resources.ts';
import { type Argument, changed, type DeleteArguments, notNull, requireRevision } from './given.ts';
import { idsOf, isStillUnused, requireUnused } from './in-use.ts';
import { mergedMetadata, newMetadata, type StringMapPatch } from './metadata.ts';
import { type InterfaceAddresses, requireSuitable } from './netmask.ts';
import { idOfNewNode, isNewId } from './new-node.ts';
import { isSameResources, resourcesOf } from './resources.ts';

export interface CreateHypervisorInput {
  readonly id?: Argument<string>;
  readonly metadata?: Argument<StringMap>;
  readonly ip: string;
  readonly netmask?: Argument<string>;
  readonly gateway?: Argument<string>;
  readonly mac?: Argument<string>;
  readonly totalResources?: Argument<Resources>;
  readonly availableResources?: Argument<Resources>;
}

export function createHypervisor(mutation: Mutation, input: CreateHypervisorInput) {
  return commit(mutation, async (context) => {
    const { ip, netmask = null, gateway = null, mac = null } = input;
    requireSuitable({ ip, netmask, gateway });
    const metadata = newMetadata(input.metadata);
    const totalResources = resourcesOf(input.totalResources ?? noResources);
    // Until its agent reports, it is as empty as it is new.
    const availableResources = resourcesOf(input.availableResources ?? totalResources);
    const id = await idOfNewNode(context, input.id);
    const record = encodeHypervisor({ id, metadata, ip, netmask, gateway, mac, totalResources, availableResources });
    return {
      type: 'commit',
      compares: isNewId(context.keys, id),
      writes: [put(context.keys.record('HYPERVISOR', id), record)],
      result: { hypervisorId: id },
    };
  });
}

export interface UpdateHypervisorInput {
  readonly id: string;
  readonly metadata?: Argument<StringMapPatch>;
  readonly ip?: Argument<string>;
  /** Null: not known any more; so are `gateway` and `mac`. */
  readonly netmask?: Argument<string>;
  readonly gateway?: Argument<string>;
  readonly mac?: Argument<string>;
  readonly totalResources?: Argument<Resources>;
  readonly availableResources?: Argument<Resources>;
  readonly ifRevision?: Argument<Revision>;
}

export function updateHypervisor(mutation: Mutation, input: UpdateHypervisorInput) {
  return commit(mutation, async (context) => {
    const hypervisor = await requireNode(context.loaders.HYPERVISOR, uuidOf('id', input.id));
    requireRevision(hypervisor, input.ifRevision);
    const changes = hypervisorFields({
      metadata: mergedMetadata(hypervisor.metadata, input.metadata),
      ...changedAddresses(hypervisor, input),
      mac: changed(hypervisor.mac, input.mac),
      totalResources: changedResources(hypervisor, 'totalResources', input.totalResources),
      availableResources: changedResources(hypervisor, 'availableResources', input.availableResources),
    });
    return {
      type: 'commit',
      compares: [isUnchanged(hypervisor)],
      writes: await rewrite(context, hypervisor, changes),
      result: { hypervisorId: hypervisor.id },
    };
  });
}

/** What was stored unsuitable by another tool is no reason to refuse a change of something else. */
function changedAddresses(stored: InterfaceAddresses, input: UpdateHypervisorInput) {
  const changes = {
    ip: changed(stored.ip, notNull('ip', input.ip)),
    netmask: changed(stored.netmask, input.netmask),
    gateway: changed(stored.gateway, input.gateway),
  };
  const { ip = stored.ip, netmask = stored.netmask, gateway = stored.gateway } = changes;
  if (Object.values(changes).some((change) => change !== undefined)) requireSuitable({ ip, netmask, gateway });
  return changes;
}

/** Undefined when they stay as they are. */
function changedResources(stored: Capacity, field: keyof Capacity, given: Argument<Resources>): Resources | undefined {
  const resources = notNull(field, given);
  if (resources === undefined || isSameResources(resources, stored[field])) return undefined;
  return resourcesOf(resources);
}

/** With all its keys: config, attachments, heartbeat. Refused while a guest is linked to it, or a guest's record names it. */
export function deleteHypervisor(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit(mutation, async (context) => {
    const hypervisor = await requireNode(context.loaders.HYPERVISOR, uuidOf('id', id));
    requireRevision(hypervisor, ifRevision);
    const [links, guests] = await Promise.all([
      linksToGuests(context, hypervisor),
      guestsBy(context, 'hypervisorId', hypervisor.id),
    ]);
    const linkedIds = links.map(({ guestId }) => guestId);
    requireUnused(`The hypervisor ${hypervisor.id} is used`, [...linkedIds, ...idsOf(guests)]);
    const { snapshot, keys } = context;
    const guestLinks = prefixRange(hypervisor.directory + subkeys.guests);
    return {
      type: 'commit',
      compares: [
        isUnchanged(hypervisor),
        isNotNewer(guestLinks, await snapshot.revision()),
        await isStillUnused(context, 'HYPERVISOR', hypervisor.id),
      ],
      writes: [removeAll(hypervisor.directory), remove(keys.reference('HYPERVISOR', hypervisor.id))],
      result: { deletedId: hypervisor.id },
    };
  });
}
