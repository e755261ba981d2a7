import type { Context } from '../context.ts';
import type { Network } from '../store/entities/network.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import { uuidOf } from './id.ts';
import { listNamed, type NamedListArguments } from './named-list.ts';
import type { Page } from './pagination.ts';

export async function getNetwork(context: Context, id: string): Promise<Network | null> {
  return context.loaders.NETWORK.get(uuidOf('id', id));
}

export function listNetworks(context: Context, args: NamedListArguments): MaybePromise<Page<Network>> {
  return listNamed(context, 'NETWORK', args);
}
