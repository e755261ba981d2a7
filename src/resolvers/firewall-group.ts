import type { Context } from '../context.ts';
import type { FirewallGroup } from '../store/entities/firewall-group.ts';
import { uuidOf } from './id.ts';
import { listNamed, type NamedListArguments } from './named-list.ts';
import type { Page } from './pagination.ts';

export async function getFirewallGroup(context: Context, id: string): Promise<FirewallGroup | null> {
  return context.loaders.FIREWALL_GROUP.get(uuidOf('id', id));
}

export function listFirewallGroups(context: Context, args: NamedListArguments): Promise<Page<FirewallGroup>> {
  return listNamed(context.loaders.FIREWALL_GROUP, args);
}
