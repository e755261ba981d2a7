import type { Context } from '../context.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import type { NodeKind } from '../store/keys.ts';
import { allThere, bothThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { allNodes, candidatesOf } from './candidates.ts';
import type { Given } from './filter.ts';
import { type HypervisorFilter, hypervisorTests } from './hypervisor-filter.ts';
import { type HypervisorOrder, hypervisorOrder, kindsOfOrder } from './hypervisor-order.ts';
import { uuidOf } from './id.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { pageOfReading } from './reading-list.ts';
import { select } from './selection.ts';

export interface HypervisorListArguments extends PageArguments {
  readonly filter?: Given<HypervisorFilter>;
  readonly orderBy?: Given<HypervisorOrder>;
}

export async function getHypervisor(context: Context, id: string): Promise<Hypervisor | null> {
  return context.loaders.HYPERVISOR.get(uuidOf('id', id));
}

export function listHypervisors(context: Context, args: HypervisorListArguments): MaybePromise<Page<Hypervisor>> {
  const candidates = candidatesOf(context, 'HYPERVISOR', args.filter);
  const tests = bothThere(candidates, () => hypervisorTests(context, args.filter));
  const read = bothThere(tests, () => readForOrder(context, args.orderBy));
  return whenThere(read, ([[known, asked]]) =>
    pageOfReading(select(known, asked.criteria), { reading: asked.reading, order: hypervisorOrder(context, args.orderBy), args }),
  );
}

/** All of it is one wave. */
function readForOrder(context: Context, order: Given<HypervisorOrder>): MaybePromise<readonly NodeKind[]> {
  return allThere(kindsOfOrder(order).map((kind) => whenThere(allNodes(context, kind), () => kind)));
}
