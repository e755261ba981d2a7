import type { Context } from '../../context.ts';
import type { DirectoryEntity } from '../../store/entities/entity.ts';
import { type Guest, guestFields } from '../../store/entities/guest.ts';
import type { DirectoryKind } from '../../store/keys.ts';
import type { KindLoader } from '../../store/kind-loader.ts';
import { textFromKey } from '../../store/range.ts';
import type { Compare, Revision } from '../../store/store.ts';
import { macOfGuestId } from '../../store/values/mac-address.ts';
import { commit, isPresent, isUnchanged, type Mutation, type Reference, recordKey, rewrite } from '../commit/index.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { type Argument, changed, notNull, requireRevision } from './given.ts';
import { guestTypeOf } from './guest-type.ts';
import { invalidState } from './invalid-state.ts';
import { mergedMetadata, type StringMapPatch } from './metadata.ts';
import { linksAnywhere } from './stale-link.ts';

export interface UpdateGuestInput {
  readonly id: string;
  readonly metadata?: Argument<StringMapPatch>;
  readonly type?: Argument<string>;
  readonly flavorId?: Argument<string>;
  readonly firewallGroupId?: Argument<string>;
  readonly vlanGroupId?: Argument<string>;
  readonly mac?: Argument<string>;
  readonly ifRevision?: Argument<Revision>;
}

/** The flavor stays while the guest is placed: what its hypervisor has left was counted with it. */
export function updateGuest(mutation: Mutation, input: UpdateGuestInput) {
  return commit(mutation, async (context) => {
    const guest = await requireNode(context.loaders.GUEST, uuidOf('id', input.id));
    requireRevision(guest, input.ifRevision);
    const type = notNull('type', input.type);
    const flavorId = notNull('flavorId', input.flavorId);
    const fields = {
      metadata: mergedMetadata(guest.metadata, input.metadata),
      // What is stored passes, whoever stored it.
      type: type === undefined || type === guest.type ? undefined : guestTypeOf(type),
      flavorId: changed(guest.flavorId, flavorId === undefined ? undefined : uuidOf('flavorId', flavorId)),
      firewallGroupId: changed(guest.firewallGroupId, clearableId('firewallGroupId', input.firewallGroupId)),
      vlanGroupId: changed(guest.vlanGroupId, clearableId('vlanGroupId', input.vlanGroupId)),
      mac: changed(guest.mac, input.mac === null ? macOfGuestId(guest.id) : input.mac),
    };
    if (fields.flavorId !== undefined) await requireUnplaced(context, guest);
    const targets = await Promise.all([
      target(context, 'FLAVOR', fields.flavorId),
      target(context, 'FIREWALL_GROUP', fields.firewallGroupId),
      target(context, 'VLAN_GROUP', fields.vlanGroupId),
    ]);
    return {
      type: 'commit',
      compares: [isUnchanged(guest), ...targets.flatMap(({ compares }) => compares)],
      writes: await rewrite(context, guest, guestFields(fields)),
      references: targets.flatMap(({ references }) => references),
      result: { guestId: guest.id },
    };
  });
}

/** Null clears it; undefined leaves it as it is. */
function clearableId(field: string, given: Argument<string>): string | null | undefined {
  return typeof given === 'string' ? uuidOf(field, given) : given;
}

/** Also where another tool left a link to it: that hypervisor counts it, and a placement there may rest on what it counts now. */
async function requireUnplaced(context: Context, guest: Guest): Promise<void> {
  if (guest.hypervisorId !== null) {
    const why = `The guest ${guest.id} is on the hypervisor ${guest.hypervisorId}: its flavor stays while it is placed`;
    throw invalidState(guest, why);
  }
  const [link] = await linksAnywhere(context, guest.id);
  if (link === undefined) return;
  const left = `The guest ${guest.id} is unplaced, but ${textFromKey(link.key)} still counts it`;
  throw invalidState(guest, `${left}: unplaceGuest removes that, then its flavor can be changed`);
}

interface Target {
  readonly compares: readonly Compare[];
  readonly references: readonly Reference[];
}

/** What the record is to refer to from now on: it must be there, and stay. Nothing where that does not change, or is cleared. */
async function target(context: Context, kind: DirectoryKind, id: string | null | undefined): Promise<Target> {
  if (id === null || id === undefined) return { compares: [], references: [] };
  const loader: KindLoader<DirectoryEntity> = context.loaders[kind];
  const node = await requireNode(loader, id);
  return { compares: [isPresent(recordKey(node))], references: [{ kind, id }] };
}
