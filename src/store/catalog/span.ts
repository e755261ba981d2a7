import type { SetDirection, SetPosition, SortedNodes } from './node-set.ts';
import { firstWith, highest, lastWith, lowest, type Placed } from './placed.ts';
import type { Tree } from './tree.ts';

export interface SpanOptions<T, Key> {
  readonly tree: Tree<Key | Placed<T>, undefined>;
  readonly size: number;
  /** The key that stands at this position of the span. */
  readonly at: (position: SetPosition) => Key;
  /** The node of a key; undefined where the key does not belong to the span. */
  readonly nodeOf: (key: Key | Placed<T>) => T | undefined;
  /** The version of the node that counts. */
  readonly newestOf: (node: T) => T;
}

/** A part of a tree, or all of it, in which nodes stand by sort key and id. */
export class Span<T, Key extends SetPosition> implements SortedNodes<T> {
  readonly size: number;
  readonly #options: SpanOptions<T, Key>;

  constructor(options: SpanOptions<T, Key>) {
    this.size = options.size;
    this.#options = options;
  }

  forward(direction: SetDirection, after: SetPosition | null): IterableIterator<T> {
    return direction === 'ASC' ? this.#upFrom(after ?? lowest) : this.#descending(after);
  }

  backward(direction: SetDirection, before: SetPosition | null): IterableIterator<T> {
    return direction === 'ASC' ? this.#downFrom(before ?? highest) : this.#descendingBack(before);
  }

  /** Those behind a position; with `sortKey` only those that have it. */
  *#upFrom(position: SetPosition, sortKey?: string | null): IterableIterator<T> {
    const { tree, at, nodeOf, newestOf } = this.#options;
    for (const key of tree.keys(at(position))) {
      const node = nodeOf(key);
      if (node === undefined || (sortKey !== undefined && key.sortKey !== sortKey)) return;
      if (key.id !== position.id || key.sortKey !== position.sortKey) yield newestOf(node);
    }
  }

  /** Those before a position, backwards; with `sortKey` only those that have it. */
  *#downFrom(position: SetPosition, sortKey?: string | null): IterableIterator<T> {
    const { tree, at, nodeOf, newestOf } = this.#options;
    for (const [key] of tree.entriesReversed(at(position), undefined, true)) {
      const node = nodeOf(key);
      if (node === undefined || (sortKey !== undefined && key.sortKey !== sortKey)) return;
      yield newestOf(node);
    }
  }

  /** Sort keys descend, and ids ascend among equal ones: so it goes from one sort key to the next lower one, and up through each. */
  *#descending(after: SetPosition | null): IterableIterator<T> {
    let from = after ?? this.#firstOfSame(highest);
    while (from !== null) {
      yield* this.#upFrom(from, from.sortKey);
      from = this.#firstOfSame(firstWith(from.sortKey));
    }
  }

  *#descendingBack(before: SetPosition | null): IterableIterator<T> {
    let from = before ?? this.#lastOfSame(lowest);
    while (from !== null) {
      yield* this.#downFrom(from, from.sortKey);
      from = this.#lastOfSame(lastWith(from.sortKey));
    }
  }

  /** Before all that have the sort key of the next lower node. */
  #firstOfSame(position: SetPosition): SetPosition | null {
    const { tree, at, nodeOf } = this.#options;
    const key = tree.nextLowerKey(at(position));
    return key === undefined || nodeOf(key) === undefined ? null : firstWith(key.sortKey);
  }

  /** Behind all that have the sort key of the next higher node. */
  #lastOfSame(position: SetPosition): SetPosition | null {
    const { tree, at, nodeOf } = this.#options;
    const key = tree.nextHigherKey(at(position));
    return key === undefined || nodeOf(key) === undefined ? null : lastWith(key.sortKey);
  }
}
