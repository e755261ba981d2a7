import type { Comparison } from './ordering.ts';

/**
 * The `count` smallest items, in order. What is hard is to do it without sorting all of them: a heap keeps the best `count` so
 * far with the worst of those on top, so that almost every other item costs one comparison. A page of 50 out of 100,000 then
 * costs 100,000 comparisons, and sorting them would cost 1.7 million.
 */
export function smallest<T>(items: readonly T[], count: number, compare: Comparison<T>): T[] {
  if (count <= 0) return [];
  if (count >= items.length) return [...items].sort(compare);
  const heap = items.slice(0, count);
  for (let index = (count >>> 1) - 1; index >= 0; index--) sink(heap, index, compare);
  for (let index = count; index < items.length; index++) {
    const item = items[index];
    const worst = heap[0];
    if (item === undefined || worst === undefined || compare(item, worst) >= 0) continue;
    heap[0] = item;
    sink(heap, 0, compare);
  }
  return heap.sort(compare);
}

/** Moves the item at `index` down until no child is larger than it. */
function sink<T>(heap: T[], index: number, compare: Comparison<T>): void {
  for (let parent = index; ; ) {
    const largest = largestOfFamily(heap, parent, compare);
    if (largest === parent) return;
    swap(heap, parent, largest);
    parent = largest;
  }
}

function largestOfFamily<T>(heap: readonly T[], parent: number, compare: Comparison<T>): number {
  let largest = parent;
  for (const child of [2 * parent + 1, 2 * parent + 2]) {
    const candidate = heap[child];
    const best = heap[largest];
    if (candidate !== undefined && best !== undefined && compare(candidate, best) > 0) largest = child;
  }
  return largest;
}

function swap<T>(heap: T[], a: number, b: number): void {
  const item = heap[a];
  const other = heap[b];
  if (item === undefined || other === undefined) return;
  heap[a] = other;
  heap[b] = item;
}
