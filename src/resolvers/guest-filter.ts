import type { Context } from '../context.ts';
import type { Guest, GuestState } from '../store/entities/guest.ts';
import { fieldIn, fieldIs, fieldIsId, type Given, given, type NameFilter, nameTests, passesAll, type Test } from './filter.ts';
import { type GuestReference, guestReferences } from './guest-index.ts';
import { uuidOf } from './id.ts';

export interface GuestFilter extends NameFilter, Readonly<Partial<Record<GuestReference, Given<string>>>> {
  readonly states?: Given<readonly GuestState[]>;
  readonly type?: Given<string>;
  readonly imageId?: Given<string>;
  readonly ip?: Given<string>;
  readonly mac?: Given<string>;
  readonly placed?: Given<boolean>;
}

export async function guestTest(context: Context, filter: Given<GuestFilter>): Promise<Test<Guest>> {
  return passesAll([...guestTests(filter), ...(await imageTests(context, filter?.imageId))]);
}

/** All of them but that for the image, which is the flavor's. */
export function guestTests(filter: Given<GuestFilter>): Test<Guest>[] {
  return [
    ...nameTests(filter),
    ...given(filter?.states, fieldIn('state')),
    ...given(filter?.type, fieldIs('type')),
    ...guestReferences.flatMap((field) => given(filter?.[field], fieldIsId(field))),
    ...given(filter?.ip, fieldIs('ip')),
    ...given(filter?.mac, fieldIs('mac')),
    ...given(filter?.placed, isPlaced),
  ];
}

function isPlaced(placed: boolean): Test<Guest> {
  return ({ hypervisorId }) => (hypervisorId !== null) === placed;
}

/** A guest's image is its flavor's. */
async function imageTests(context: Context, image: Given<string>): Promise<Test<Guest>[]> {
  if (image === null || image === undefined) return [];
  const imageId = uuidOf('imageId', image);
  const { all } = await context.loaders.FLAVOR.list();
  const flavorIds = new Set(all.filter((flavor) => flavor.imageId === imageId).map(({ id }) => id));
  return [(guest) => flavorIds.has(guest.flavorId)];
}
