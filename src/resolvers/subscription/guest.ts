import type { Context } from '../../context.ts';
import { type ChangeType, type Commit, changeTypeOf, type NodeChange, type NodeVersions } from '../../store/changes/index.ts';
import type { Guest } from '../../store/entities/guest.ts';
import { type Given, idsOf, passesAll, type Test } from '../filter.ts';
import { type GuestFilter, guestTests } from '../guest-filter.ts';
import { uuidOf } from '../id.ts';
import { type NodeEvent, readable } from './event-node.ts';
import { type Events, placeOf, type StreamArguments, subscribe } from './subscribe.ts';

export interface GuestStreamArguments extends StreamArguments {
  readonly filter?: Given<GuestFilter>;
}

export interface GuestEvent extends NodeEvent<'GUEST'> {
  readonly type: ChangeType;
  readonly before: NodeVersions<'GUEST'>['before'];
}

export type GuestChange = NodeChange & { readonly kind: 'GUEST' };

/** Each change of a guest that the filter finds before it or after it: so one that leaves the filter is still told. */
export function subscribeToGuests(context: Context, args: GuestStreamArguments): Events<GuestEvent> {
  const { touches, passes } = openGuestSelection(args.filter);
  return subscribe<GuestEvent>(context, args, {
    touches: (change) => touches(change) && changeTypeOf(change) !== null,
    async judge(change, commit) {
      const type = changeTypeOf(change);
      if (!isOfGuest(change) || type === null) return null;
      const versions = await commit.versionsOf(change);
      if (!(await passes(versions, commit))) return null;
      return { ...placeOf(change), kind: change.kind, name: change.name, type, ...versions };
    },
  });
}

export function isOfGuest(change: NodeChange): change is GuestChange {
  return change.kind === 'GUEST';
}

export interface GuestSelection {
  /** Whether a change is of a guest that the filter could find. */
  readonly touches: Test<NodeChange>;
  /** Whether there is such a guest, and the filter finds it before the commit or after it. */
  readonly passes: (versions: NodeVersions<'GUEST'>, commit: Commit) => Promise<boolean>;
}

/** Fails with BAD_USER_INPUT on an id that is none. */
export function openGuestSelection(filter: Given<GuestFilter>): GuestSelection {
  const ids = idsOf(filter);
  const names = ids && new Set(ids);
  const test = passesAll(guestTests(filter));
  const imageTest = openImageTest(filter?.imageId);
  return {
    touches: (change) => isOfGuest(change) && names?.has(change.name) !== false,
    async passes({ before, after }, commit) {
      const isFiltered = filter !== null && filter !== undefined;
      if (!isFiltered) return before !== null || after !== null;
      const found = [readable(before), readable(after)].filter((guest) => guest !== null).filter(test);
      for (const guest of found) if (await imageTest(guest, commit)) return true;
      return false;
    },
  };
}

/** A guest's image is its flavor's. */
function openImageTest(image: Given<string>): (guest: Guest, commit: Commit) => Promise<boolean> {
  if (image === null || image === undefined) return () => Promise.resolve(true);
  const imageId = uuidOf('imageId', image);
  return async ({ flavorId }, commit) => {
    const flavor = await commit.look(({ loaders }) => loaders.FLAVOR.follow(flavorId));
    return flavor?.imageId === imageId;
  };
}
