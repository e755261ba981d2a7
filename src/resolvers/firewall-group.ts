import type { Context } from '../context.ts';
import type { FirewallGroup } from '../store/entities/firewall-group.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import { uuidOf } from './id.ts';
import { listNamed, type NamedListArguments } from './named-list.ts';
import type { Page } from './pagination.ts';

export async function getFirewallGroup(context: Context, id: string): Promise<FirewallGroup | null> {
  return context.loaders.FIREWALL_GROUP.get(uuidOf('id', id));
}

export function listFirewallGroups(context: Context, args: NamedListArguments): MaybePromise<Page<FirewallGroup>> {
  return listNamed(context, 'FIREWALL_GROUP', args);
}
