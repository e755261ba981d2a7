import type { Context } from '../context.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { candidatesOf, type Given } from './filter.ts';
import { type GuestFilter, guestTest } from './guest-filter.ts';
import { type GuestReference, guestsBy } from './guest-index.ts';
import { linkedGuests } from './guest-link.ts';
import { type GuestOrder, guestOrdering } from './guest-order.ts';
import { uuidOf } from './id.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';

export interface GuestListArguments extends PageArguments {
  readonly filter?: Given<GuestFilter>;
  readonly orderBy?: Given<GuestOrder>;
}

export async function getGuest(context: Context, id: string): Promise<Guest | null> {
  return context.loaders.GUEST.get(uuidOf('id', id));
}

export function listGuests(context: Context, args: GuestListArguments): Promise<Page<Guest>> {
  return guestPage(context, candidatesOf(context.loaders.GUEST, args.filter), args);
}

/** The guests whose record names this node: of a network, a subnet, a flavor, a firewall group, a VLAN group. */
export function listGuestsOf(
  context: Context,
  { field, id, args }: { readonly field: GuestReference; readonly id: string; readonly args: GuestListArguments },
): Promise<Page<Guest>> {
  return guestPage(context, guestsBy(context, field, id), args);
}

/** The guests that placement counts as this hypervisor's: those of its link keys. */
export function listGuestsOfHypervisor(context: Context, hypervisor: Hypervisor, args: GuestListArguments): Promise<Page<Guest>> {
  return guestPage(context, linkedGuests(context, hypervisor), args);
}

async function guestPage(
  context: Context,
  candidates: Promise<readonly Guest[]>,
  args: GuestListArguments,
): Promise<Page<Guest>> {
  const [guests, passes] = await Promise.all([candidates, guestTest(context, args.filter)]);
  return pageOf(guests.filter(passes), guestOrdering(args.orderBy), args);
}
