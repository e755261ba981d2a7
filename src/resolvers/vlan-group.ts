import type { Context } from '../context.ts';
import type { VLAN } from '../store/entities/vlan.ts';
import type { VLANGroup } from '../store/entities/vlan-group.ts';
import { subkeys } from '../store/keys.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { listBelow } from './below.ts';
import { uuidOf } from './id.ts';
import { listNamed, type NamedListArguments } from './named-list.ts';
import { oncePerNode } from './operation-memo.ts';
import { byId } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { sortedPages } from './sorted-page.ts';

export async function getVLANGroup(context: Context, id: string): Promise<VLANGroup | null> {
  return context.loaders.VLAN_GROUP.get(uuidOf('id', id));
}

export function listVLANGroups(context: Context, args: NamedListArguments): MaybePromise<Page<VLANGroup>> {
  return listNamed(context, 'VLAN_GROUP', args);
}

/** The groups that a VLAN's link keys lead to. */
export async function listGroupsOfVLAN(context: Context, vlan: VLAN, args: PageArguments): Promise<Page<VLANGroup>> {
  const page = await pagesOfVLAN(context, vlan);
  return page(args);
}

const pagesOfVLAN = oncePerNode(async (context, vlan: VLAN) => {
  const links = await listBelow(context, vlan, subkeys.vlanGroups);
  const ids = new Set(links.map(({ name }) => canonicalUuid(name)));
  const groups = await Promise.all([...ids].map((id) => context.loaders.VLAN_GROUP.follow(id)));
  return sortedPages(
    groups.filter((group) => group !== null),
    byId(),
  );
});
