import { GroupedNodes } from './grouped-nodes.ts';
import type { KindCatalog } from './kind-catalog.ts';
import { LazyIndex } from './lazy-index.ts';
import type { NodeSet } from './node-set.ts';
import { type Moved, type Places, placeIn } from './places.ts';
import { compareValues, sortByValue } from './sort-by-value.ts';
import { type Tree, treeOfSorted } from './tree.ts';
import { TreeSet } from './tree-set.ts';

type Valued<F extends string> = Readonly<Record<F, string | null>>;

interface GroupsState<T extends Valued<F>, F extends string> {
  /** By the name of the order. */
  readonly orders: ReadonlyMap<string, GroupedNodes<T, F>>;
  /** How many have each value. */
  readonly counts: Tree<string | null, number>;
}

export interface GroupsOptions<T extends { readonly id: string }, F extends string> {
  readonly field: F;
  /** Names of orders in which the kind is kept, `ID` among them. */
  readonly orders: readonly string[];
  readonly kind: KindCatalog<T>;
}

/** The nodes of a kind by what one of their fields says. */
export class Groups<T extends Valued<F> & { readonly id: string }, F extends string> {
  readonly #options: GroupsOptions<T, F>;
  readonly #index: LazyIndex<GroupsState<T, F>>;

  constructor(options: GroupsOptions<T, F>, frozen: Groups<T, F> | null = null) {
    const make = () => makeGroups(options);
    this.#options = options;
    this.#index = frozen === null ? new LazyIndex({ make, clone: cloneGroups }) : frozen.#index.freeze(make);
  }

  get(value: string | null): NodeSet<T> {
    const { newestOf } = this.#options.kind;
    const { orders, counts } = this.#index.get();
    const size = counts.get(value) ?? 0;
    return new TreeSet((order) => orders.get(order)?.group(value, { size, newestOf }) ?? null);
  }

  counts(): ReadonlyMap<string | null, number> {
    return new Map(this.#index.get().counts.entries());
  }

  /** For readers: it is never changed again. `kind` was frozen together with it. */
  freeze(kind: KindCatalog<T>): Groups<T, F> {
    return new Groups({ ...this.#options, kind }, this);
  }

  /** Makes what would be made when it is asked for. */
  warmUp(): void {
    this.#index.get();
  }

  move(moved: Moved<T>): void {
    this.#index.change((state) => this.#move(state, moved));
  }

  #move({ orders, counts }: GroupsState<T, F>, { before, now }: Moved<T>): void {
    const isSameGroup = before !== null && now !== null && this.#valueOf(before) === this.#valueOf(now);
    for (const [name, order] of orders) {
      if (isSameGroup && placeIn(name, before).sortKey === placeIn(name, now).sortKey) continue;
      if (before !== null) order.remove(placeIn(name, before));
      if (now !== null) order.add(placeIn(name, now));
    }
    if (isSameGroup) return;
    if (before !== null) raise(counts, this.#valueOf(before), -1);
    if (now !== null) raise(counts, this.#valueOf(now), 1);
  }

  #valueOf(places: Places<T>): string | null {
    return placeIn('ID', places).node[this.#options.field];
  }
}

function makeGroups<T extends Valued<F> & { readonly id: string }, F extends string>({
  field,
  orders,
  kind,
}: GroupsOptions<T, F>): GroupsState<T, F> {
  const sortings = orders.map((order) => [order, sortByValue(kind.placedIn(order), ({ node }) => node[field])] as const);
  return {
    orders: new Map(sortings.map(([order, { sorted }]) => [order, GroupedNodes.load(field, sorted)])),
    // The same in each order.
    counts: treeOfSorted(sortings[0]?.[1].counts ?? [], compareValues),
  };
}

function cloneGroups<T extends Valued<F>, F extends string>({ orders, counts }: GroupsState<T, F>): GroupsState<T, F> {
  return { orders: new Map([...orders].map(([name, order]) => [name, order.clone()])), counts: counts.clone() };
}

function raise(counts: Tree<string | null, number>, value: string | null, by: 1 | -1): void {
  const count = (counts.get(value) ?? 0) + by;
  if (count === 0) counts.delete(value);
  else counts.set(value, count);
}
