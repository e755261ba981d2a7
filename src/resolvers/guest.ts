import type { Context } from '../context.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { bothThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { candidatesOf } from './candidates.ts';
import type { Given } from './filter.ts';
import { type GuestFilter, guestCriteria } from './guest-filter.ts';
import { candidatesBy, type GuestReference, guestHas } from './guest-index.ts';
import { linkedGuests } from './guest-link.ts';
import { type GuestOrder, guestOrdering } from './guest-order.ts';
import { uuidOf } from './id.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { type Candidates, type Criterion, pageOfSelection, select } from './selection.ts';

export interface GuestListArguments extends PageArguments {
  readonly filter?: Given<GuestFilter>;
  readonly orderBy?: Given<GuestOrder>;
}

export async function getGuest(context: Context, id: string): Promise<Guest | null> {
  return context.loaders.GUEST.get(uuidOf('id', id));
}

export function listGuests(context: Context, args: GuestListArguments): MaybePromise<Page<Guest>> {
  return guestPage(context, { candidates: candidatesOf(context, 'GUEST', args.filter), args });
}

export interface GuestsOf {
  readonly field: GuestReference;
  readonly id: string;
  readonly args: GuestListArguments;
}

/** The guests whose record names this node: of a network, a subnet, a flavor, a firewall group, a VLAN group. */
export function listGuestsOf(context: Context, { field, id, args }: GuestsOf): MaybePromise<Page<Guest>> {
  const list = { candidates: candidatesBy(context, field, id), own: [guestHas(field, id)], scope: `${field} ${id}` };
  return guestPage(context, { ...list, args });
}

/** The guests that placement counts as this hypervisor's: those of its link keys. */
export function listGuestsOfHypervisor(
  context: Context,
  hypervisor: Hypervisor,
  args: GuestListArguments,
): MaybePromise<Page<Guest>> {
  const candidates = whenThere(linkedGuests(context, hypervisor), (nodes) => ({ nodes, catalog: null }));
  return guestPage(context, { candidates, args });
}

interface GuestList {
  readonly candidates: MaybePromise<Candidates<Guest>>;
  /** Beside those of the filter. */
  readonly own?: readonly Criterion<Guest>[];
  /** Tells lists with other criteria of their own apart. */
  readonly scope?: string;
  readonly args: GuestListArguments;
}

function guestPage(context: Context, { candidates, own = [], scope = '', args }: GuestList): MaybePromise<Page<Guest>> {
  const read = bothThere(candidates, () => guestCriteria(context, args.filter));
  return whenThere(read, ([known, asked]) => {
    const question = () => `${scope} ${JSON.stringify(args.filter ?? null)}`;
    return pageOfSelection(select({ ...known, question }, [...own, ...asked]), guestOrdering(args.orderBy), args);
  });
}
