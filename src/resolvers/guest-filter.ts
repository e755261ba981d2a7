import type { Context } from '../context.ts';
import { type Guest, type GuestState, guestStates } from '../store/entities/guest.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { allNodes } from './candidates.ts';
import { fieldIn, fieldIs, type Given, given, type NameFilter, nameTests, type Test } from './filter.ts';
import { type GuestReference, guestHas, guestReferences } from './guest-index.ts';
import { uuidOf } from './id.ts';
import { groupOfSet, unionOf } from './node-group.ts';
import type { Criterion } from './selection.ts';

export interface GuestFilter extends NameFilter, Readonly<Partial<Record<GuestReference, Given<string>>>> {
  readonly states?: Given<readonly GuestState[]>;
  readonly type?: Given<string>;
  readonly imageId?: Given<string>;
  readonly ip?: Given<string>;
  readonly mac?: Given<string>;
  readonly placed?: Given<boolean>;
}

/** What the filter asks of guests. Of the flavors it reads those that have the image, at the same time as others read the guests. */
export function guestCriteria(context: Context, filter: Given<GuestFilter>): MaybePromise<readonly Criterion<Guest>[]> {
  const own = ownCriteria(filter);
  return whenThere(imageCriteria(context, filter?.imageId), (ofImage) => [...own, ...ofImage]);
}

/** All of them but that for the image, which is the flavor's. */
export function guestTests(filter: Given<GuestFilter>): Test<Guest>[] {
  return ownCriteria(filter).map(({ passes }) => passes);
}

function ownCriteria(filter: Given<GuestFilter>): Criterion<Guest>[] {
  return [
    ...[...nameTests(filter), ...given(filter?.type, fieldIs('type'))].map((passes) => ({ passes })),
    ...given(filter?.states, stateIsIn),
    ...guestReferences.flatMap((field) => given(filter?.[field], (id) => guestHas(field, uuidOf(field, id)))),
    ...given(filter?.ip, (ip) => guestHas('ip', ip)),
    ...given(filter?.mac, (mac) => guestHas('mac', mac)),
    ...given(filter?.placed, isPlaced),
  ];
}

function stateIsIn(states: readonly GuestState[]): Criterion<Guest> {
  return {
    passes: fieldIn('state')(states),
    find: (catalog) => unionOf([...new Set(states)].map((state) => groupOfSet(catalog.guestsBy('state', state)))),
  };
}

/** A guest without a hypervisor is UNPLACED, and no other is. */
function isPlaced(placed: boolean): Criterion<Guest> {
  const passes: Test<Guest> = ({ hypervisorId }) => (hypervisorId !== null) === placed;
  return { ...stateIsIn(guestStates.filter((state) => (state !== 'UNPLACED') === placed)), passes };
}

/** A guest's image is its flavor's. */
function imageCriteria(context: Context, image: Given<string>): MaybePromise<readonly Criterion<Guest>[]> {
  if (image === null || image === undefined) return [];
  const imageId = uuidOf('imageId', image);
  return whenThere(allNodes(context, 'FLAVOR'), ({ nodes }) => {
    const flavorIds = new Set([...nodes].filter((flavor) => flavor.imageId === imageId).map(({ id }) => id));
    return [
      {
        passes: (guest) => flavorIds.has(guest.flavorId),
        find: (catalog) => unionOf([...flavorIds].map((id) => groupOfSet(catalog.guestsBy('flavorId', id)))),
      },
    ];
  });
}
