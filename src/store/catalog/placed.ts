import type { SetPosition } from './node-set.ts';
import { compareText } from './tree.ts';

/** A node where it stands in one order. All trees of that order share it. */
export interface Placed<T> extends SetPosition {
  readonly node: T;
}

/** Before and behind every position that there can be: no id is empty, or goes on so high. */
export const lowest: SetPosition = { sortKey: '', id: '' };
export const highest: SetPosition = { sortKey: null, id: '\uffff' };

export function firstWith(sortKey: string | null): SetPosition {
  return { sortKey, id: lowest.id };
}

export function lastWith(sortKey: string | null): SetPosition {
  return { sortKey, id: highest.id };
}

/** Null comes last. */
export function comparePositions(a: SetPosition, b: SetPosition): number {
  if (a.sortKey === b.sortKey) return compareText(a.id, b.id);
  if (a.sortKey === null) return 1;
  if (b.sortKey === null) return -1;
  return a.sortKey < b.sortKey ? -1 : 1;
}
