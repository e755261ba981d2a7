import type { Test } from './filter.ts';
import type { OrderedWalk } from './node-group.ts';
import { comparePositions, type Ordering, type Position } from './ordering.ts';
import { type PageArguments, type PageWindow, parseWindow } from './page-window.ts';
import { once, openPage, type Page, positionOf } from './pagination.ts';

export interface WalkedList<T> {
  readonly walk: OrderedWalk<T>;
  readonly ordering: Ordering<T>;
  /** Which of those on the way are in the list. */
  readonly passes: Test<T>;
  /** How many that are. */
  readonly countAll: () => number;
}

/** The same page as `pageOf` makes, of a list that is kept in its order: it looks at no more of it than that takes. */
export function pageOfWalk<T>(list: WalkedList<T>, args: PageArguments): Page<T> {
  const window = parseWindow(list.ordering.field, args);
  const part = once(() => (window.first === null ? takeFromEnd(list, window) : takeFromBeginning(list, window, window.first)));
  return openPage(list.ordering, {
    countAll: list.countAll,
    take: () => part().items,
    hasPrevious: () => part().hasPrevious(),
    hasNext: () => part().hasNext(),
  });
}

interface Part<T> {
  readonly items: readonly T[];
  hasPrevious(): boolean;
  hasNext(): boolean;
}

function takeFromBeginning<T>(list: WalkedList<T>, { last, after, before }: PageWindow, first: number): Part<T> {
  const compare = comparePositions(list.ordering.direction);
  const items: T[] = [];
  const way = passing(list, list.walk.forward(after));
  let isCutOff = false;
  while (items.length < first && !isCutOff) {
    const { value, done } = way.next();
    if (done === true) break;
    isCutOff = before !== null && compare(positionOf(list.ordering, value), before) >= 0;
    if (!isCutOff) items.push(value);
  }
  const start = last === null ? 0 : Math.max(items.length - last, 0);
  return {
    items: items.slice(start),
    hasPrevious: () => start > 0 || (after !== null && isAnyUpTo(list, after)),
    // Whatever comes next is behind the page, within the window or not.
    hasNext: () => isCutOff || way.next().done !== true,
  };
}

function takeFromEnd<T>(list: WalkedList<T>, window: PageWindow): Part<T> {
  const { after, before } = window;
  const last = window.last ?? 0;
  const compare = comparePositions(list.ordering.direction);
  // Then the window is empty, and all of the list lies around it.
  if (after !== null && before !== null && compare(after, before) >= 0) return takeFromBeginning(list, window, 0);
  const items: T[] = [];
  const way = passing(list, list.walk.backward(before));
  let isCutOff = false;
  while (items.length < last && !isCutOff) {
    const { value, done } = way.next();
    if (done === true) break;
    isCutOff = after !== null && compare(positionOf(list.ordering, value), after) <= 0;
    if (!isCutOff) items.push(value);
  }
  return {
    items: items.reverse(),
    hasPrevious: () => isCutOff || way.next().done !== true,
    hasNext: () => before !== null && isAnyFrom(list, before),
  };
}

function* passing<T>({ passes }: WalkedList<T>, items: Iterable<T>): IterableIterator<T> {
  for (const item of items) if (passes(item)) yield item;
}

function isAnyUpTo<T>(list: WalkedList<T>, position: Position): boolean {
  return isAnyAt(list, position) || passing(list, list.walk.backward(position)).next().done !== true;
}

function isAnyFrom<T>(list: WalkedList<T>, position: Position): boolean {
  return isAnyAt(list, position) || passing(list, list.walk.forward(position)).next().done !== true;
}

/** A walk begins beside a position, never at it: so it is met by one from the item before it. */
function isAnyAt<T>({ walk, ordering, passes }: WalkedList<T>, position: Position): boolean {
  const previous = walk.backward(position).next();
  const next = walk.forward(previous.done === true ? null : positionOf(ordering, previous.value)).next();
  if (next.done === true || !passes(next.value)) return false;
  return comparePositions(ordering.direction)(positionOf(ordering, next.value), position) === 0;
}
