import type { Context } from '../context.ts';
import type { Network } from '../store/entities/network.ts';
import { subkeys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { listBelow } from './below.ts';

/** `networks/<id>/subnets/<subnet id>`: the network has this subnet. There may be no such subnet. */
export interface NetworkLink {
  readonly key: Key;
  readonly subnetId: string;
}

/** By subnet, in key order; a name that is no UUID is somebody else's key. */
export async function linksToSubnets(context: Context, network: Network): Promise<readonly NetworkLink[]> {
  const links = await listBelow(context, network, subkeys.subnets);
  return links.flatMap(({ name, entry }) => {
    const subnetId = canonicalUuid(name);
    return subnetId === null ? [] : [{ key: entry.key, subnetId }];
  });
}
