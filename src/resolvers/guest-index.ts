import type { Context } from '../context.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import { lookThrough, onlyAmong } from './candidates.ts';
import { fieldIs } from './filter.ts';
import { groupBy } from './grouping.ts';
import { groupOfArray, groupOfSet, type NodeGroup } from './node-group.ts';
import { oncePerOperation } from './operation-memo.ts';
import type { Candidates, Criterion } from './selection.ts';

/** The fields by which a guest's record names another node. */
export const guestReferences = ['networkId', 'subnetId', 'hypervisorId', 'flavorId', 'firewallGroupId', 'vlanGroupId'] as const;
export type GuestReference = (typeof guestReferences)[number];

type Index = (context: Context) => Promise<ReadonlyMap<string, readonly Guest[]>>;

/** For an operation without a catalog. */
function guestIndex(field: GuestReference): Index {
  return oncePerOperation(async (context) => groupBy((await context.loaders.GUEST.list()).all, (guest) => guest[field]));
}

const indexes: Readonly<Record<GuestReference, Index>> = {
  networkId: guestIndex('networkId'),
  subnetId: guestIndex('subnetId'),
  hypervisorId: guestIndex('hypervisorId'),
  flavorId: guestIndex('flavorId'),
  firewallGroupId: guestIndex('firewallGroupId'),
  vlanGroupId: guestIndex('vlanGroupId'),
};

/** The guests whose record has `id` in `field`. */
export function guestsBy(context: Context, field: GuestReference, id: string): MaybePromise<NodeGroup<Guest>> {
  return lookThrough<'GUEST', NodeGroup<Guest>>(context, 'GUEST', {
    inCatalog: (catalog) => groupOfSet(catalog.guestsBy(field, id)),
    inStore: async () => groupOfArray((await indexes[field](context)).get(id) ?? []),
  });
}

/** Among which those guests are to be found by `guestHas`, and further criteria. */
export function candidatesBy(context: Context, field: GuestReference, id: string): MaybePromise<Candidates<Guest>> {
  return lookThrough<'GUEST', Candidates<Guest>>(context, 'GUEST', {
    inCatalog: (catalog) => ({ nodes: groupOfSet(catalog.nodes('GUEST')), catalog }),
    inStore: async () => onlyAmong((await indexes[field](context)).get(id) ?? []),
  });
}

/** That a guest's record has this value in this field. */
export function guestHas(field: GuestReference | 'ip' | 'mac', value: string): Criterion<Guest> {
  return { passes: fieldIs(field)(value), find: (catalog) => groupOfSet(catalog.guestsBy(field, value)) };
}

/** The values that guests have in a field, with how many have each. */
export function countGuestsBy(
  context: Context,
  field: 'state' | 'hypervisorId',
): MaybePromise<ReadonlyMap<string | null, number>> {
  return lookThrough<'GUEST', ReadonlyMap<string | null, number>>(context, 'GUEST', {
    inCatalog: (catalog) => catalog.guestCounts(field),
    async inStore(list) {
      const counts = new Map<string | null, number>();
      for (const guest of await list()) counts.set(guest[field], (counts.get(guest[field]) ?? 0) + 1);
      return counts;
    },
  });
}
