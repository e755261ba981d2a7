import type { Context } from '../context.ts';
import { tagOf, type VLAN } from '../store/entities/vlan.ts';
import type { VLANGroup } from '../store/entities/vlan-group.ts';
import { subkeys } from '../store/keys.ts';
import { listBelow } from './below.ts';
import { vlanNameOf } from './id.ts';
import type { Ordering } from './ordering.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';
import { sortKeyOfUnsigned } from './sort-key.ts';

const byTag: Ordering<VLAN> = {
  field: 'TAG',
  direction: 'ASC',
  sortKeyOf: ({ tag }) => sortKeyOfUnsigned(tag),
  idOf: ({ id }) => id,
};

export async function getVLAN(context: Context, tag: number): Promise<VLAN | null> {
  return context.loaders.VLAN.get(vlanNameOf('tag', tag));
}

export async function listVLANs(context: Context, args: PageArguments): Promise<Page<VLAN>> {
  return pageOf((await context.loaders.VLAN.list()).all, byTag, args);
}

/** The VLANs that a group's link keys lead to. */
export async function listVLANsOfGroup(context: Context, group: VLANGroup, args: PageArguments): Promise<Page<VLAN>> {
  const links = await listBelow(context, group, subkeys.vlans);
  const tags = links.map(({ name }) => name).filter((name) => tagOf(name) !== null);
  const vlans = await Promise.all(tags.map((tag) => context.loaders.VLAN.follow(tag)));
  return pageOf(
    vlans.filter((vlan) => vlan !== null),
    byTag,
    args,
  );
}
