import type { Context } from '../../context.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import type { Keys } from '../../store/keys.ts';
import type { MaybePromise } from '../../store/maybe-promise.ts';
import { freeResources } from '../capacity.ts';
import { freeResourcesOf, noResources } from '../resources.ts';

/** The next one in order; null: somebody has to wait for it, and nothing is known yet. */
export type NextOne = MaybePromise<Hypervisor | null>;

interface Weighed {
  readonly hypervisor: Hypervisor;
  readonly freeMemory: bigint;
}

/**
 * By the memory that they have free, the most first, ties by id. None has more than it reports to have available, so in the order
 * of what they report each is weighed only when it may be the next one.
 */
export function* emptiestFirst(context: Context, hypervisors: readonly Hypervisor[]): Generator<NextOne> {
  /** The next one is the last. */
  const weighed: Weighed[] = [];
  for (const { hypervisor, freeMemory: most } of inReportedOrder(context, hypervisors)) {
    for (let best = weighed.at(-1); best !== undefined && best.freeMemory > most; best = weighed.at(-1)) {
      weighed.pop();
      yield best.hypervisor;
    }
    yield* weigh(context, hypervisor, (one) => insert(weighed, one));
  }
  for (const { hypervisor } of weighed.reverse()) yield hypervisor;
}

/** By the memory that they have free, the least first, ties by id. */
export function* fullestFirst(context: Context, hypervisors: readonly Hypervisor[]): Generator<NextOne> {
  const weighed: Weighed[] = [];
  for (const hypervisor of hypervisors) yield* weigh(context, hypervisor, (one) => weighed.push(one));
  weighed.sort((a, b) => compareMemory(a, b) || compareIds(a, b));
  for (const { hypervisor } of weighed) yield hypervisor;
}

function* weigh(context: Context, hypervisor: Hypervisor, take: (weighed: Weighed) => unknown): Generator<NextOne> {
  const free = freeResources(context, hypervisor);
  if (!(free instanceof Promise)) take({ hypervisor, freeMemory: free.memory });
  else {
    yield free.then(({ memory }) => {
      take({ hypervisor, freeMemory: memory });
      return null;
    });
  }
}

/** Worst first: the best one is taken off the end. */
function insert(weighed: Weighed[], one: Weighed): void {
  let [low, high] = [0, weighed.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = weighed[middle];
    if (other !== undefined && compareWorst(other, one) < 0) low = middle + 1;
    else high = middle;
  }
  weighed.splice(low, 0, one);
}

function compareWorst(a: Weighed, b: Weighed): number {
  return compareMemory(a, b) || compareIds(b, a);
}

interface ReportedOrder {
  readonly hypervisors: readonly Hypervisor[];
  readonly order: readonly Weighed[];
}

/** The last one of each gateway: its keys live as long as it does. */
const lastOrders = new WeakMap<Keys, ReportedOrder>();

/** Hypervisors' records change far less often than guests are placed. */
function inReportedOrder({ keys }: Context, hypervisors: readonly Hypervisor[]): readonly Weighed[] {
  const last = lastOrders.get(keys);
  if (last !== undefined && isSame(last.hypervisors, hypervisors)) return last.order;
  const order = hypervisors.map((hypervisor) => ({ hypervisor, freeMemory: freeResourcesOf(hypervisor, noResources).memory }));
  order.sort((a, b) => compareMemory(b, a));
  lastOrders.set(keys, { hypervisors, order });
  return order;
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}

function compareMemory(a: Weighed, b: Weighed): number {
  return a.freeMemory < b.freeMemory ? -1 : a.freeMemory > b.freeMemory ? 1 : 0;
}

function compareIds({ hypervisor: a }: Weighed, { hypervisor: b }: Weighed): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
