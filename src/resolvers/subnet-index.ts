import type { Context } from '../context.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import { lookThrough, onlyAmong } from './candidates.ts';
import { fieldIs } from './filter.ts';
import { groupBy } from './grouping.ts';
import { groupOfArray, groupOfSet, type NodeGroup } from './node-group.ts';
import { oncePerOperation } from './operation-memo.ts';
import type { Candidates, Criterion } from './selection.ts';

/** For an operation without a catalog. */
const subnetsByNetwork = oncePerOperation(async (context) =>
  groupBy((await context.loaders.SUBNET.list()).all, (subnet) => subnet.networkId),
);

/** The subnets whose record names this network. */
export function subnetsOfNetwork(context: Context, networkId: string): MaybePromise<NodeGroup<Subnet>> {
  return lookThrough<'SUBNET', NodeGroup<Subnet>>(context, 'SUBNET', {
    inCatalog: (catalog) => groupOfSet(catalog.subnetsOfNetwork(networkId)),
    inStore: async () => groupOfArray((await subnetsByNetwork(context)).get(networkId) ?? []),
  });
}

/** Among which those subnets are to be found by `isInNetwork`, and further criteria. */
export function candidatesOfNetwork(context: Context, networkId: string): MaybePromise<Candidates<Subnet>> {
  return lookThrough<'SUBNET', Candidates<Subnet>>(context, 'SUBNET', {
    inCatalog: (catalog) => ({ nodes: groupOfSet(catalog.nodes('SUBNET')), catalog }),
    inStore: async () => onlyAmong((await subnetsByNetwork(context)).get(networkId) ?? []),
  });
}

export function isInNetwork(networkId: string): Criterion<Subnet> {
  return { passes: fieldIs('networkId')(networkId), find: (catalog) => groupOfSet(catalog.subnetsOfNetwork(networkId)) };
}
