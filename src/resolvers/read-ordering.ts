import { byId, type Ordering, type SortDirection } from './ordering.ts';

interface ReadOrdering<T> {
  readonly items: readonly T[];
  readonly field: string;
  readonly direction: SortDirection;
  readonly readSortKey: (item: T) => string | null | Promise<string | null>;
}

/** An ordering whose sort values have to be read first: they are read for all the items at once. */
export async function readOrdering<T extends { readonly id: string }>({
  items,
  field,
  direction,
  readSortKey,
}: ReadOrdering<T>): Promise<Ordering<T>> {
  const keys = await Promise.all(items.map(readSortKey));
  const keyOf = new Map(items.map((item, index) => [item, keys[index] ?? null]));
  return { ...byId(direction), field, sortKeyOf: (item) => keyOf.get(item) ?? null };
}
