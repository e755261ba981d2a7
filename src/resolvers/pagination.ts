import { cursorOf } from './cursor.ts';
import { type Comparison, comparePositions, type Ordering, type Position } from './ordering.ts';
import { type PageArguments, type PageWindow, parseWindow } from './page-window.ts';
import { smallest } from './smallest.ts';

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A part of a list. Each member is made for who asks for it, once: a page of which nobody counts the list counts nothing. */
export interface Page<T> {
  readonly totalCount: number;
  readonly nodes: readonly T[];
  readonly edges: readonly Edge<T>[];
  readonly pageInfo: PageInfo;
}

interface Placed<T> extends Position {
  readonly item: T;
}

/**
 * Relay's pagination algorithm over positions: `after` and `before` cut out a window of the list, of which `first` takes the
 * beginning, of which `last` takes the end. `items` may be in any order.
 */
export function pageOf<T>(items: readonly T[], ordering: Ordering<T>, args: PageArguments): Page<T> {
  const window = parseWindow(ordering.field, args);
  const cut = once(() => cutOut(items, ordering, window));
  return openPage(ordering, {
    countAll: () => items.length,
    take: () => cut().items,
    hasPrevious: () => cut().hasPrevious,
    hasNext: () => cut().hasNext,
  });
}

interface Cut<T> {
  readonly items: readonly T[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

function cutOut<T>(items: readonly T[], ordering: Ordering<T>, { first, last, after, before }: PageWindow): Cut<T> {
  const compare = comparePositions(ordering.direction);
  const window: Placed<T>[] = [];
  let skippedBefore = 0;
  let skippedAfter = 0;
  for (const item of items) {
    const placed = { item, sortKey: ordering.sortKeyOf(item), id: ordering.idOf(item) };
    if (after !== null && compare(placed, after) <= 0) skippedBefore++;
    else if (before !== null && compare(placed, before) >= 0) skippedAfter++;
    else window.push(placed);
  }
  const end = first === null ? window.length : Math.min(first, window.length);
  const start = last === null ? 0 : Math.max(end - last, 0);
  return {
    items: slice(window, start, end, compare).map(({ item }) => item),
    hasPrevious: skippedBefore + start > 0,
    hasNext: skippedAfter + window.length - end > 0,
  };
}

/** The items from `start` up to `end` of the list in order, sorting no more of it than that takes. */
function slice<T>(window: readonly Placed<T>[], start: number, end: number, compare: Comparison<Position>): Placed<T>[] {
  if (end < window.length || start === 0) return smallest(window, end, compare).slice(start);
  return smallest(window, end - start, (a, b) => compare(b, a)).reverse();
}

/** What a page is made of, each part when it is asked for. */
export interface PageParts<T> {
  /** The length of the whole list. */
  countAll(): number;
  /** Asked for once. */
  take(): readonly T[];
  hasPrevious(): boolean;
  hasNext(): boolean;
}

export function openPage<T>(ordering: Ordering<T>, parts: PageParts<T>): Page<T> {
  const nodes = once(() => parts.take());
  const cursor = (item: T) => cursorOf(ordering.field, positionOf(ordering, item));
  const edges = once(() => nodes().map((item) => ({ cursor: cursor(item), node: item })));
  const totalCount = once(() => parts.countAll());
  const pageInfo = once(() => openPageInfo(nodes(), parts, cursor));
  return {
    get totalCount() {
      return totalCount();
    },
    get nodes() {
      return nodes();
    },
    get edges() {
      return edges();
    },
    get pageInfo() {
      return pageInfo();
    },
  };
}

function openPageInfo<T>(items: readonly T[], parts: PageParts<T>, cursor: (item: T) => string): PageInfo {
  const [hasNext, hasPrevious] = [once(() => parts.hasNext()), once(() => parts.hasPrevious())];
  const cursorAt = (index: number) => items.slice(index).slice(0, 1).map(cursor)[0] ?? null;
  return {
    get hasNextPage() {
      return hasNext();
    },
    get hasPreviousPage() {
      return hasPrevious();
    },
    get startCursor() {
      return cursorAt(0);
    },
    get endCursor() {
      return cursorAt(-1);
    },
  };
}

export function positionOf<T>({ sortKeyOf, idOf }: Ordering<T>, item: T): Position {
  return { sortKey: sortKeyOf(item), id: idOf(item) };
}

/** What it computes, computed when it is asked for first. */
export function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
