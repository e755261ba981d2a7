import type { Context } from '../context.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { groupBy } from './grouping.ts';
import { oncePerOperation } from './operation-memo.ts';

const subnetsByNetwork = oncePerOperation(async (context) =>
  groupBy((await context.loaders.SUBNET.list()).all, (subnet) => subnet.networkId),
);

/** The subnets whose record names this network. */
export async function subnetsOfNetwork(context: Context, networkId: string): Promise<readonly Subnet[]> {
  return (await subnetsByNetwork(context)).get(networkId) ?? [];
}
