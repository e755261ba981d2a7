import type { OrderedWalk } from './node-group.ts';
import { comparePositions, type Ordering } from './ordering.ts';
import { pageOfWalk } from './page-walk.ts';
import type { PageArguments } from './page-window.ts';
import { once, type Page, positionOf } from './pagination.ts';

/** The same pages as `pageOf` makes, of one list that is put in order once, when the first of them shows something of it. */
export function sortedPages<T>(items: readonly T[], ordering: Ordering<T>): (args: PageArguments) => Page<T> {
  const compare = comparePositions(ordering.direction);
  const sorted = once(() => items.map((item) => ({ ...positionOf(ordering, item), item })).sort(compare));
  const placeOf = (isBefore: (placed: ReturnType<typeof sorted>[number]) => boolean) => countWhile(sorted(), isBefore);

  function* walk(from: number, step: 1 | -1): IterableIterator<T> {
    for (let index = from; ; index += step) {
      const placed = sorted()[index];
      if (placed === undefined) return;
      yield placed.item;
    }
  }

  const inOrder: OrderedWalk<T> = {
    forward: (after) => walk(after === null ? 0 : placeOf((placed) => compare(placed, after) <= 0), 1),
    backward: (before) => walk((before === null ? items.length : placeOf((placed) => compare(placed, before) < 0)) - 1, -1),
  };
  return (args) => pageOfWalk({ walk: inOrder, ordering, passes: () => true, countAll: () => items.length }, args);
}

/** How many it holds for, which are the first ones of the list. */
function countWhile<T extends object>(list: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
