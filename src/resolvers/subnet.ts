import type { Context } from '../context.ts';
import type { Network } from '../store/entities/network.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { bothThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { candidatesOf } from './candidates.ts';
import type { Given } from './filter.ts';
import { uuidOf } from './id.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { pageOfReading } from './reading-list.ts';
import { type Candidates, type Criterion, select } from './selection.ts';
import { type SubnetFilter, subnetTests } from './subnet-filter.ts';
import { candidatesOfNetwork, isInNetwork } from './subnet-index.ts';
import { type SubnetOrder, subnetOrder } from './subnet-order.ts';

export interface SubnetListArguments extends PageArguments {
  readonly filter?: Given<SubnetFilter>;
  readonly orderBy?: Given<SubnetOrder>;
}

export async function getSubnet(context: Context, id: string): Promise<Subnet | null> {
  return context.loaders.SUBNET.get(uuidOf('id', id));
}

export function listSubnets(context: Context, args: SubnetListArguments): MaybePromise<Page<Subnet>> {
  return subnetPage(context, { candidates: candidatesOf(context, 'SUBNET', args.filter), args });
}

/** The subnets whose record names this network. */
export function listSubnetsOfNetwork(context: Context, { id }: Network, args: SubnetListArguments): MaybePromise<Page<Subnet>> {
  return subnetPage(context, { candidates: candidatesOfNetwork(context, id), own: [isInNetwork(id)], args });
}

interface SubnetList {
  readonly candidates: MaybePromise<Candidates<Subnet>>;
  /** Beside those of the filter. */
  readonly own?: readonly Criterion<Subnet>[];
  readonly args: SubnetListArguments;
}

function subnetPage(context: Context, { candidates, own = [], args }: SubnetList): MaybePromise<Page<Subnet>> {
  const order = subnetOrder(context, args.orderBy);
  return whenThere(
    bothThere(candidates, () => subnetTests(context, args.filter)),
    ([known, { criteria, reading }]) => pageOfReading(select(known, [...own, ...criteria]), { reading, order, args }),
  );
}
