import type { Context } from '../context.ts';
import type { Network } from '../store/entities/network.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { candidatesOf, type Given } from './filter.ts';
import { uuidOf } from './id.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';
import { type SubnetFilter, subnetTest } from './subnet-filter.ts';
import { subnetsOfNetwork } from './subnet-index.ts';
import { type SubnetOrder, subnetOrdering } from './subnet-order.ts';

export interface SubnetListArguments extends PageArguments {
  readonly filter?: Given<SubnetFilter>;
  readonly orderBy?: Given<SubnetOrder>;
}

export async function getSubnet(context: Context, id: string): Promise<Subnet | null> {
  return context.loaders.SUBNET.get(uuidOf('id', id));
}

export function listSubnets(context: Context, args: SubnetListArguments): Promise<Page<Subnet>> {
  return subnetPage(context, candidatesOf(context.loaders.SUBNET, args.filter), args);
}

/** The subnets whose record names this network. */
export function listSubnetsOfNetwork(context: Context, network: Network, args: SubnetListArguments): Promise<Page<Subnet>> {
  return subnetPage(context, subnetsOfNetwork(context, network.id), args);
}

async function subnetPage(
  context: Context,
  candidates: Promise<readonly Subnet[]>,
  args: SubnetListArguments,
): Promise<Page<Subnet>> {
  const [subnets, passes] = await Promise.all([candidates, subnetTest(context, args.filter)]);
  const passed = await Promise.all(subnets.map(passes));
  const listed = subnets.filter((_subnet, index) => passed[index]);
  return pageOf(listed, await subnetOrdering(context, listed, args.orderBy), args);
}
