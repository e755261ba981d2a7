import type { Context } from '../context.ts';
import type { Guest } from '../store/entities/guest.ts';
import { groupBy } from './grouping.ts';
import { oncePerOperation } from './operation-memo.ts';

/** The fields by which a guest's record names another node. */
export const guestReferences = ['networkId', 'subnetId', 'hypervisorId', 'flavorId', 'firewallGroupId', 'vlanGroupId'] as const;
export type GuestReference = (typeof guestReferences)[number];

type Index = (context: Context) => Promise<ReadonlyMap<string, readonly Guest[]>>;

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
export async function guestsBy(context: Context, field: GuestReference, id: string): Promise<readonly Guest[]> {
  return (await indexes[field](context)).get(id) ?? [];
}
