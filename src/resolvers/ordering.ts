export type SortDirection = 'ASC' | 'DESC';

/** What a list is ordered by. Ties are broken by `idOf`, ascending in both directions. */
export interface Ordering<T> {
  /** Cursors carry it, so that a cursor of another ordering is refused. */
  readonly field: string;
  readonly direction: SortDirection;
  /** A text that sorts as the value does (sort-key.ts). Null, where there is no value, comes last in ASC and first in DESC. */
  readonly sortKeyOf: (item: T) => string | null;
  /** Unique in the list. */
  readonly idOf: (item: T) => string;
}

/** Where an item stands in its ordering, also when the item is gone. */
export interface Position {
  readonly sortKey: string | null;
  readonly id: string;
}

export type Comparison<T> = (a: T, b: T) => number;

export function comparePositions(direction: SortDirection): Comparison<Position> {
  const sign = direction === 'ASC' ? 1 : -1;
  return (a, b) => sign * compareSortKeys(a.sortKey, b.sortKey) || compareTexts(a.id, b.id);
}

function compareSortKeys(a: string | null, b: string | null): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return compareTexts(a, b);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of every list that no `orderBy` says otherwise of. */
export function byId<T extends { readonly id: string }>(direction: SortDirection = 'ASC'): Ordering<T> {
  return { field: 'ID', direction, sortKeyOf: (item) => item.id, idOf: (item) => item.id };
}
