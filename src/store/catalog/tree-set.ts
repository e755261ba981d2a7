import type { NodeSet, SortedNodes } from './node-set.ts';

/** A set of nodes that is kept in some orders, by their names. */
export class TreeSet<T> implements NodeSet<T> {
  readonly #sortedBy: (field: string) => SortedNodes<T> | null;
  readonly #byId: SortedNodes<T>;
  #array: readonly T[] | null = null;

  constructor(sortedBy: (field: string) => SortedNodes<T> | null) {
    const byId = sortedBy('ID');
    if (byId === null) throw new Error('A set is kept in the order of ids at least');
    this.#sortedBy = sortedBy;
    this.#byId = byId;
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#byId.forward('ASC', null);
  }

  toArray(): readonly T[] {
    this.#array ??= [...this];
    return this.#array;
  }

  sortedBy(field: string): SortedNodes<T> | null {
    return this.#sortedBy(field);
  }
}
