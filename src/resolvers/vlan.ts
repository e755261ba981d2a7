import type { Context } from '../context.ts';
import { tagOf, type VLAN } from '../store/entities/vlan.ts';
import type { VLANGroup } from '../store/entities/vlan-group.ts';
import { subkeys } from '../store/keys.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { listBelow } from './below.ts';
import { allNodes } from './candidates.ts';
import { vlanNameOf } from './id.ts';
import { oncePerNode } from './operation-memo.ts';
import type { Ordering } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { pageOfSelection, select } from './selection.ts';
import { sortKeyOfUnsigned } from './sort-key.ts';
import { sortedPages } from './sorted-page.ts';

const byTag: Ordering<VLAN> = {
  field: 'TAG',
  direction: 'ASC',
  sortKeyOf: ({ tag }) => sortKeyOfUnsigned(tag),
  idOf: ({ id }) => id,
};

export async function getVLAN(context: Context, tag: number): Promise<VLAN | null> {
  return context.loaders.VLAN.get(vlanNameOf('tag', tag));
}

export function listVLANs(context: Context, args: PageArguments): MaybePromise<Page<VLAN>> {
  return whenThere(allNodes(context, 'VLAN'), (candidates) => pageOfSelection(select(candidates, []), byTag, args));
}

/** The VLANs that a group's link keys lead to. */
export async function listVLANsOfGroup(context: Context, group: VLANGroup, args: PageArguments): Promise<Page<VLAN>> {
  const page = await pagesOfGroup(context, group);
  return page(args);
}

const pagesOfGroup = oncePerNode(async (context, group: VLANGroup) => {
  const links = await listBelow(context, group, subkeys.vlans);
  const tags = links.map(({ name }) => name).filter((name) => tagOf(name) !== null);
  const vlans = await Promise.all(tags.map((tag) => context.loaders.VLAN.follow(tag)));
  return sortedPages(
    vlans.filter((vlan) => vlan !== null),
    byTag,
  );
});
