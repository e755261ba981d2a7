import type { SetPosition, SortedNodes } from './node-set.ts';
import { comparePositions, type Placed } from './placed.ts';
import { compareValues } from './sort-by-value.ts';
import { Span } from './span.ts';
import { type Compare, openTree, type Tree, treeOfSortedKeys } from './tree.ts';

/** What all keys of a tree of groups have: the value by which they are grouped. */
type Valued<F extends string> = Readonly<Record<F, string | null>>;
type Key<F extends string> = Placed<Valued<F>>;

export interface GroupReading<T> {
  /** How many are in the group. */
  readonly size: number;
  /** The version of a node that counts: what stands in the tree may be an older one, with the same value and sort key. */
  readonly newestOf: (node: T) => T;
}

/** The nodes of a kind by what one of their fields says, those with the same value in one order. */
export class GroupedNodes<T extends Valued<F>, F extends string> {
  readonly #field: F;
  readonly #compare: Compare<Key<F>>;
  readonly #tree: Tree<Key<F> | Placed<T>, undefined>;

  constructor(
    field: F,
    compare: Compare<Key<F>> = compareIn(field),
    tree: Tree<Key<F> | Placed<T>, undefined> = openTree(compare),
  ) {
    this.#field = field;
    this.#compare = compare;
    this.#tree = tree;
  }

  /** `placed` is in the order of values, those with the same one in their own. */
  static load<T extends Valued<F>, F extends string>(field: F, placed: readonly Placed<T>[]): GroupedNodes<T, F> {
    const compare = compareIn(field);
    return new GroupedNodes<T, F>(field, compare, treeOfSortedKeys<Key<F> | Placed<T>>(placed, compare));
  }

  add(placed: Placed<T>): void {
    this.#tree.set(placed, undefined, true);
  }

  remove(placed: Placed<T>): void {
    this.#tree.delete(placed);
  }

  clone(): GroupedNodes<T, F> {
    return new GroupedNodes(this.#field, this.#compare, this.#tree.clone());
  }

  group(value: string | null, { size, newestOf }: GroupReading<T>): SortedNodes<T> {
    const field = this.#field;
    const probe = valued(field, value);
    return new Span<T, Key<F>>({
      tree: this.#tree,
      size,
      at: ({ sortKey, id }: SetPosition) => ({ sortKey, id, node: probe }),
      // Only a probe is no T, and no probe is ever added to the tree.
      nodeOf: ({ node }) => (node[field] === value ? (node as T) : undefined),
      newestOf,
    });
  }
}

function valued<F extends string>(field: F, value: string | null): Valued<F> {
  // A computed key loses its name for the compiler.
  return { [field]: value } as Valued<F>;
}

function compareIn<F extends string>(field: F): Compare<Key<F>> {
  return (a, b) => {
    const left = a.node[field];
    const right = b.node[field];
    return left === right ? comparePositions(a, b) : compareValues(left, right);
  };
}
