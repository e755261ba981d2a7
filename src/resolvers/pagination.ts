import { badUserInput } from '../errors.ts';
import { cursorOf, parseCursor } from './cursor.ts';
import { type Comparison, comparePositions, type Ordering, type Position } from './ordering.ts';
import { smallest } from './smallest.ts';

export const defaultPageSize = 50;
export const largestPageSize = 1000;

/** The arguments of every connection. Null is the same as not given. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

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

/** A part of a list. Cursors are made only for who asks for them. */
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
  const size = parseSizes(args);
  const after = parsePosition('after', args.after, ordering.field);
  const before = parsePosition('before', args.before, ordering.field);
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

  const end = size.first === null ? window.length : Math.min(size.first, window.length);
  const start = size.last === null ? 0 : Math.max(end - size.last, 0);
  return openPage({
    field: ordering.field,
    totalCount: items.length,
    placed: slice(window, start, end, compare),
    hasPreviousPage: skippedBefore + start > 0,
    hasNextPage: skippedAfter + window.length - end > 0,
  });
}

/** The items from `start` up to `end` of the list in order, sorting no more of it than that takes. */
function slice<T>(window: readonly Placed<T>[], start: number, end: number, compare: Comparison<Position>): Placed<T>[] {
  if (end < window.length || start === 0) return smallest(window, end, compare).slice(start);
  return smallest(window, end - start, (a, b) => compare(b, a)).reverse();
}

interface PageParts<T> {
  readonly field: string;
  readonly totalCount: number;
  readonly placed: readonly Placed<T>[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

function openPage<T>({ field, totalCount, placed, hasPreviousPage, hasNextPage }: PageParts<T>): Page<T> {
  const cursor = (position: Position | undefined) => (position === undefined ? null : cursorOf(field, position));
  return {
    totalCount,
    nodes: placed.map(({ item }) => item),
    get edges() {
      return placed.map((position) => ({ cursor: cursorOf(field, position), node: position.item }));
    },
    get pageInfo() {
      return { hasNextPage, hasPreviousPage, startCursor: cursor(placed[0]), endCursor: cursor(placed.at(-1)) };
    },
  };
}

function parseSizes({ first, last }: PageArguments): { readonly first: number | null; readonly last: number | null } {
  const firstSize = parsePageSize('first', first);
  const lastSize = parsePageSize('last', last);
  return { first: firstSize ?? (lastSize === null ? defaultPageSize : null), last: lastSize };
}

/** Null when it is not given. */
export function parsePageSize(argument: string, size: number | null | undefined): number | null {
  if (size === undefined || size === null) return null;
  if (size < 0) throw badUserInput(argument, `${argument} is ${size}: it must be 0 or more`);
  if (size > largestPageSize) throw badUserInput(argument, `${argument} is ${size}: a page has at most ${largestPageSize}`);
  return size;
}

function parsePosition(argument: string, cursor: string | null | undefined, field: string): Position | null {
  return cursor === undefined || cursor === null ? null : parseCursor(argument, cursor, field);
}
