import type { SetPosition, SortedNodes } from './node-set.ts';
import { comparePositions, type Placed } from './placed.ts';
import { Span } from './span.ts';
import { openTree, type Tree, treeOfSortedKeys } from './tree.ts';

type Key<T> = SetPosition | Placed<T>;

/**
 * All nodes of a kind in one order. A node that changed but stands where it stood is not put again, except in the order of ids: so what
 * stands here may be an older version of it, and readers say how to find the one that counts.
 */
export class OrderedNodes<T> {
  readonly #tree: Tree<Key<T>, undefined>;
  #hasOlder: boolean;

  constructor(tree: Tree<Key<T>, undefined> = openTree(comparePositions), hasOlder = false) {
    this.#tree = tree;
    this.#hasOlder = hasOlder;
  }

  /** They are in order. */
  static load<T>(placed: readonly Placed<T>[]): OrderedNodes<T> {
    return new OrderedNodes(treeOfSortedKeys<Key<T>>(placed, comparePositions));
  }

  /** All, in order. */
  placed(): readonly Placed<T>[] {
    return this.#tree.keysArray().filter((key) => 'node' in key);
  }

  /** Whether older versions may stand here. */
  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  get size(): number {
    return this.#tree.size;
  }

  get(position: SetPosition): T | null {
    const key = this.#tree.getPairOrNextHigher(position)?.[0];
    return key?.id === position.id ? (nodeOf(key) ?? null) : null;
  }

  add(placed: Placed<T>): void {
    this.#tree.set(placed, undefined, true);
  }

  /** A node changed that stays where it is. */
  leave(): void {
    this.#hasOlder = true;
  }

  remove(position: SetPosition): void {
    this.#tree.delete(position);
  }

  clone(): OrderedNodes<T> {
    return new OrderedNodes(this.#tree.clone(), this.#hasOlder);
  }

  nodes(newestOf: (node: T) => T): SortedNodes<T> {
    return new Span<T, SetPosition>({ tree: this.#tree, size: this.#tree.size, at: (position) => position, nodeOf, newestOf });
  }
}

function nodeOf<T>(key: Key<T>): T | undefined {
  return 'node' in key ? key.node : undefined;
}
