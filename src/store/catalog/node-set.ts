/** In which order a list stands: by sort key, null last; ties by id, ascending in both directions. */
export interface SetPosition {
  readonly sortKey: string | null;
  readonly id: string;
}

export type SetDirection = 'ASC' | 'DESC';

/** Nodes of one kind at one revision. It never changes. */
export interface NodeSet<T> extends Iterable<T> {
  readonly size: number;
  /** In the order of ids (VLANs: of tags). */
  [Symbol.iterator](): Iterator<T>;
  /** As an array, made once for all who ask at this state. For small sets. */
  toArray(): readonly T[];
  /** The same nodes in another order; null when they are not kept in that order. `ID` is always kept. */
  sortedBy(field: string): SortedNodes<T> | null;
}

/** Nodes in an order. Of DESC the sort keys descend, and null comes first; ids ascend among equal sort keys. */
export interface SortedNodes<T> {
  readonly size: number;
  /** Those strictly behind `after` in this direction, in order; from the beginning where it is null. */
  forward(direction: SetDirection, after: SetPosition | null): IterableIterator<T>;
  /** Those strictly before `before`, in the opposite order; from the end where it is null. */
  backward(direction: SetDirection, before: SetPosition | null): IterableIterator<T>;
}
