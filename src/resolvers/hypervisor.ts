import type { Context } from '../context.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { candidatesOf, type Given } from './filter.ts';
import { type HypervisorFilter, hypervisorTest } from './hypervisor-filter.ts';
import { type HypervisorOrder, hypervisorOrdering, readForOrder } from './hypervisor-order.ts';
import { uuidOf } from './id.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';

export interface HypervisorListArguments extends PageArguments {
  readonly filter?: Given<HypervisorFilter>;
  readonly orderBy?: Given<HypervisorOrder>;
}

export async function getHypervisor(context: Context, id: string): Promise<Hypervisor | null> {
  return context.loaders.HYPERVISOR.get(uuidOf('id', id));
}

export async function listHypervisors(context: Context, args: HypervisorListArguments): Promise<Page<Hypervisor>> {
  const [hypervisors, passes] = await Promise.all([
    candidatesOf(context.loaders.HYPERVISOR, args.filter),
    hypervisorTest(context, args.filter),
    readForOrder(context, args.orderBy),
  ]);
  const passed = await Promise.all(hypervisors.map(passes));
  const listed = hypervisors.filter((_hypervisor, index) => passed[index]);
  return pageOf(listed, await hypervisorOrdering(context, listed, args.orderBy), args);
}
