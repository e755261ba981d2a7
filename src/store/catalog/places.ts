import type { Placed } from './placed.ts';

/** A node as it stands in each of the orders in which its kind is kept, by their names. */
export type Places<T> = Readonly<Record<string, Placed<T>>>;

/** Where it stood and where it stands; null: nowhere. */
export interface Moved<T> {
  readonly before: Places<T> | null;
  readonly now: Places<T> | null;
}

export function placeIn<T>(order: string, places: Places<T>): Placed<T> {
  const placed = places[order];
  if (placed === undefined) throw new Error(`The kind is not kept in the order ${order}`);
  return placed;
}
