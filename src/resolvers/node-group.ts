import type { NodeSet } from '../store/catalog/index.ts';
import { comparePositions, type Ordering, type Position } from './ordering.ts';

/** The nodes that a list is made of, wherever they come from. */
export interface NodeGroup<T> extends Iterable<T> {
  readonly size: number;
  /** The way through them in this order; null when they are not kept in it, so that they have to be sorted. */
  inOrder(ordering: Ordering<T>): OrderedWalk<T> | null;
}

/** Goes through a list from any place in it, at the cost of what it comes by. */
export interface OrderedWalk<T> {
  /** Those strictly behind the position, in order; all where it is null. */
  forward(after: Position | null): IterableIterator<T>;
  /** Those strictly before the position, the last one first; all where it is null. */
  backward(before: Position | null): IterableIterator<T>;
}

/** Nodes in an array, in any order. */
export function groupOfArray<T>(items: readonly T[]): NodeGroup<T> {
  return { size: items.length, [Symbol.iterator]: () => items[Symbol.iterator](), inOrder: () => null };
}

/** Nodes that are sorted by id once, for all the lists that begin so. */
export function groupOfSorted<T extends { readonly id: string }>(items: readonly T[]): NodeGroup<T> {
  const sorted = items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const compare = comparePositions('ASC');

  /** How many stand before the position, or at it. */
  function countUpTo(position: Position, isAtCounted: boolean): number {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const id = sorted[middle]?.id ?? '';
      const side = compare({ sortKey: id, id }, position);
      if (side < 0 || (side === 0 && isAtCounted)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function* back(end: number): IterableIterator<T> {
    for (let index = end - 1; index >= 0; index--) {
      const item = sorted[index];
      if (item !== undefined) yield item;
    }
  }

  return {
    ...groupOfArray(sorted),
    inOrder: ({ field, direction }) =>
      field !== 'ID' || direction !== 'ASC'
        ? null
        : {
            forward: (after) => sorted.slice(after === null ? 0 : countUpTo(after, true)).values(),
            backward: (before) => back(before === null ? sorted.length : countUpTo(before, false)),
          },
  };
}

/** Nodes as the catalog keeps them. */
export function groupOfSet<T>(set: NodeSet<T>): NodeGroup<T> {
  return {
    get size() {
      return set.size;
    },
    [Symbol.iterator]: () => set[Symbol.iterator](),
    inOrder({ field, direction }) {
      const sorted = set.sortedBy(field);
      if (sorted === null) return null;
      return {
        forward: (after) => sorted.forward(direction, after),
        backward: (before) => sorted.backward(direction, before),
      };
    },
  };
}

/** Groups that have no node in common, as one. */
export function unionOf<T>(groups: readonly NodeGroup<T>[]): NodeGroup<T> {
  const [only] = groups;
  if (only !== undefined && groups.length === 1) return only;
  return {
    get size() {
      return groups.reduce((sum, { size }) => sum + size, 0);
    },
    *[Symbol.iterator]() {
      for (const group of groups) yield* group;
    },
    inOrder(ordering) {
      const walks = groups.map((group) => group.inOrder(ordering)).filter((walk) => walk !== null);
      return walks.length < groups.length ? null : mergedWalk(walks, ordering);
    },
  };
}

function mergedWalk<T>(walks: readonly OrderedWalk<T>[], ordering: Ordering<T>): OrderedWalk<T> {
  const compare = comparePositions(ordering.direction);
  return {
    forward: (after) =>
      merge(
        walks.map((walk) => walk.forward(after)),
        (a, b) => compare(a, b) < 0,
        ordering,
      ),
    backward: (before) =>
      merge(
        walks.map((walk) => walk.backward(before)),
        (a, b) => compare(a, b) > 0,
        ordering,
      ),
  };
}

interface Head<T> extends Position {
  readonly item: T;
  readonly rest: Iterator<T>;
}

/** The heads of all walks are compared for each step: there are as many as a filter names values, which is few. */
function* merge<T>(
  iterators: readonly Iterator<T>[],
  isBefore: (a: Position, b: Position) => boolean,
  ordering: Ordering<T>,
): IterableIterator<T> {
  const heads = iterators.map((rest) => headOf(rest, ordering)).filter((head) => head !== null);
  for (;;) {
    let best = 0;
    for (let index = 1; index < heads.length; index++) {
      const [head, other] = [heads[index], heads[best]];
      if (head !== undefined && other !== undefined && isBefore(head, other)) best = index;
    }
    const first = heads[best];
    if (first === undefined) return;
    yield first.item;
    const next = headOf(first.rest, ordering);
    if (next === null) heads.splice(best, 1);
    else heads[best] = next;
  }
}

function headOf<T>(rest: Iterator<T>, { sortKeyOf, idOf }: Ordering<T>): Head<T> | null {
  const { value, done } = rest.next();
  return done === true ? null : { item: value, sortKey: sortKeyOf(value), id: idOf(value), rest };
}
