import { compareText } from './tree.ts';

type Value = string | null;

export interface SortedByValue<T> {
  readonly sorted: readonly T[];
  /** The values in order, with how many have each. */
  readonly counts: readonly (readonly [Value, number])[];
}

interface Share {
  readonly value: Value;
  count: number;
  /** Where the next one with this value goes. */
  next: number;
}

/** Those with equal values stay in the order in which they come: only the values are sorted, of which there are few, mostly. */
export function sortByValue<T>(items: readonly T[], read: (item: T) => Value): SortedByValue<T> {
  const byValue = new Map<Value, Share>();
  const shares = items.map((item) => {
    const value = read(item);
    const share = byValue.get(value) ?? { value, count: 0, next: 0 };
    if (share.count++ === 0) byValue.set(value, share);
    return share;
  });
  const inOrder = [...byValue.values()].sort((a, b) => compareValues(a.value, b.value));
  let next = 0;
  for (const share of inOrder) {
    share.next = next;
    next += share.count;
  }
  const sorted = new Array<T>(items.length);
  for (const [index, item] of items.entries()) {
    const share = shares[index];
    if (share !== undefined) sorted[share.next++] = item;
  }
  return { sorted, counts: inOrder.map(({ value, count }) => [value, count]) };
}

/** Null comes last. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return compareText(a, b);
}
