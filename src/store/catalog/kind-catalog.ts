import type { BrokenRecord } from '../broken-record.ts';
import type { BrokenRecordError } from '../decode-node.ts';
import { type NodeKind, nodeId } from '../keys.ts';
import type { Key } from '../range.ts';
import { LazyIndex } from './lazy-index.ts';
import type { NodeSet, SetPosition, SortedNodes } from './node-set.ts';
import { NodesById } from './nodes-by-id.ts';
import { OrderedNodes } from './ordered-nodes.ts';
import type { Order } from './orders.ts';
import { comparePositions, type Placed } from './placed.ts';
import type { Moved, Places } from './places.ts';
import { sortByValue } from './sort-by-value.ts';
import { compareText, openTree, type Tree } from './tree.ts';
import { TreeSet } from './tree-set.ts';

/** What lies under a node's name: exactly one of `node` and `error`. */
export interface Held<T> {
  /** See Directory.path. */
  readonly path: Key;
  readonly node: T | null;
  readonly error: BrokenRecordError | null;
}

export interface KindCatalogOptions<T> {
  readonly kind: NodeKind;
  /** Those in which its nodes are kept, `ID` first. */
  readonly orders: readonly Order<T>[];
  /** Where a node of that name lies usually. */
  readonly usualPath: (name: string) => Key;
  /** Called for each node that comes, goes, or changes, once all was loaded. */
  readonly onPut: (name: string, moved: Moved<T>) => void;
}

interface KindState<T> {
  readonly byId: NodesById<T>;
  /** The other orders. */
  readonly ordered: ReadonlyMap<string, LazyIndex<OrderedNodes<T>>>;
  /** Names under which a node lies that can't be read, or one that does not lie where it does usually. */
  readonly odd: Tree<string, Held<T>>;
  readonly broken: Tree<Key, BrokenRecord>;
}

/** The nodes of one kind. It begins with loading: until that ends, it is put into, and nothing else. A frozen one never changes. */
export class KindCatalog<T extends { readonly id: string }> {
  readonly #options: KindCatalogOptions<T>;
  #state: KindState<T>;
  #nodes: NodeSet<T> | null = null;
  /** For all readers until something changes: what is made for one of them, all have. */
  #frozen: KindCatalog<T> | null = null;
  /** To put all nodes into their orders at once is several times as fast as one by one. */
  #loading: Map<string, Held<T>> | null;

  constructor(options: KindCatalogOptions<T>, frozen: KindCatalog<T> | null = null) {
    this.#options = options;
    this.#loading = frozen === null ? new Map() : null;
    this.#state = frozen === null ? this.#openState() : this.#cloneState(frozen.#state);
  }

  /** Null when there is none of that name. */
  get(name: string): Held<T> | null {
    const { odd } = this.#state;
    const held = odd.size === 0 ? undefined : odd.get(name);
    if (held !== undefined) return this.#isNamed(name, held) ? held : null;
    const node = this.#find(name);
    return node === null ? null : { path: this.#options.usualPath(name), node, error: null };
  }

  /** Fails with BROKEN_RECORD when it can't be read; null when there is none. */
  node(name: string): T | null {
    const { odd } = this.#state;
    if (odd.size === 0 || !odd.has(name)) return this.#find(name);
    const held = this.get(name);
    if (held?.error != null) throw held.error;
    return held?.node ?? null;
  }

  all(): NodeSet<T> {
    this.#nodes ??= new TreeSet((field) => this.#sortedBy(field));
    return this.#nodes;
  }

  /** The version of a node that is the one of this state. */
  readonly newestOf = (node: T): T => this.#state.byId.get({ sortKey: this.#sortKeyOf(node), id: node.id }) ?? node;

  /** All nodes in an order. */
  placedIn(field: string): readonly Placed<T>[] {
    const { byId } = this.#state;
    if (field === 'ID') return byId.placed();
    const nodes = this.#state.ordered.get(field)?.get();
    if (nodes?.hasOlder !== true) return nodes?.placed() ?? [];
    const newest = new Map(byId.placed().map(({ id, node }) => [id, node]));
    return nodes.placed().map((one) => {
      const node = newest.get(one.id);
      return node === undefined || node === one.node ? one : { ...one, node };
    });
  }

  /** In order. */
  ids(): Iterable<string> {
    return this.#state.byId.placed().map(({ id }) => id);
  }

  /** By key. */
  broken(): readonly BrokenRecord[] {
    return [...this.#state.broken.values()];
  }

  /** For readers: it is never changed again. */
  freeze(): KindCatalog<T> {
    this.#frozen ??= new KindCatalog(this.#options, this);
    return this.#frozen;
  }

  endLoading(): void {
    const loaded = this.#loading ?? new Map<string, Held<T>>();
    this.#loading = null;
    const placed: Placed<T>[] = [];
    for (const { node } of loaded.values()) {
      if (node !== null) placed.push({ sortKey: this.#sortKeyOf(node), id: node.id, node });
    }
    this.#state = { ...this.#state, byId: NodesById.load(placed.sort(comparePositions)) };
  }

  /** Makes what would be made when it is asked for, one order at a time. */
  async warmUp(giveWay: () => Promise<boolean>): Promise<void> {
    for (const field of this.#state.ordered.keys()) {
      if (!(await giveWay())) return;
      this.#sortedBy(field);
    }
  }

  /** Null: there is none any more. */
  put(name: string, held: Held<T> | null): void {
    this.#frozen = null;
    this.#noteOdd(name, held);
    if (this.#loading === null) this.#move(name, held);
    else if (held === null) this.#loading.delete(name);
    else this.#loading.set(name, held);
  }

  #move(name: string, held: Held<T> | null): void {
    const former = this.#find(name);
    const before = former === null ? null : this.#places(former);
    const now = held?.node == null ? null : this.#places(held.node);
    const { byId, ordered } = this.#state;
    if (now?.ID !== undefined) byId.put(now.ID);
    else if (before?.ID !== undefined) byId.remove(before.ID);
    for (const [field, index] of ordered) {
      const [from, to] = [before?.[field], now?.[field]];
      const stays = from !== undefined && to !== undefined && from.sortKey === to.sortKey;
      index.change((nodes) => {
        if (stays) return nodes.leave();
        if (from !== undefined) nodes.remove(from);
        if (to !== undefined) nodes.add(to);
      });
    }
    this.#nodes = null;
    this.#options.onPut(name, { before, now });
  }

  /** Null: what lies at this path can be read, or is gone. */
  noteBroken(path: Key, record: BrokenRecord | null): void {
    const { broken } = this.#state;
    if (record !== null || broken.size > 0) this.#frozen = null;
    if (record !== null) broken.set(path, { key: record.key, reason: record.reason });
    else if (broken.size > 0) broken.delete(path);
  }

  #noteOdd(name: string, held: Held<T> | null): void {
    const { odd } = this.#state;
    const isOdd = held !== null && (held.error !== null || held.path !== this.#options.usualPath(name));
    if (isOdd) odd.set(name, held);
    else if (odd.size > 0) odd.delete(name);
  }

  /** Of a config key that is no UTF-8 the name is not the whole: by its name it is not found. */
  #isNamed(name: string, { path }: Held<T>): boolean {
    const { kind, usualPath } = this.#options;
    return kind !== 'CONFIG' || path === usualPath(name);
  }

  #places(node: T): Places<T> {
    const { orders } = this.#options;
    return Object.fromEntries(orders.map(({ field, sortKeyOf }) => [field, { sortKey: sortKeyOf(node), id: node.id, node }]));
  }

  #openState(): KindState<T> {
    const others = this.#options.orders.filter(({ field }) => field !== 'ID');
    const ordered = others.map(({ field, sortKeyOf }) => {
      const make = () => this.#sort(sortKeyOf);
      return [field, new LazyIndex<OrderedNodes<T>>({ make, clone: (nodes) => nodes.clone() })] as const;
    });
    return { byId: NodesById.load<T>([]), ordered: new Map(ordered), odd: openTree(compareText), broken: openTree(compareText) };
  }

  #cloneState({ byId, ordered, odd, broken }: KindState<T>): KindState<T> {
    const cloned = this.#options.orders.flatMap(({ field, sortKeyOf }) => {
      const frozen = ordered.get(field)?.freeze(() => this.#sort(sortKeyOf));
      return frozen === undefined ? [] : [[field, frozen] as const];
    });
    return { byId: byId.freeze(), ordered: new Map(cloned), odd: odd.clone(), broken: broken.clone() };
  }

  #sort(sortKeyOf: (node: T) => string | null): OrderedNodes<T> {
    const placed = this.#state.byId.placed().map(({ id, node }) => ({ sortKey: sortKeyOf(node), id, node }));
    return OrderedNodes.load(sortByValue(placed, ({ sortKey }) => sortKey).sorted);
  }

  #sortedBy(field: string): SortedNodes<T> | null {
    const { byId, ordered } = this.#state;
    return field === 'ID' ? byId.nodes() : (ordered.get(field)?.get().nodes(this.newestOf) ?? null);
  }

  /** In the order of ids. */
  #sortKeyOf(node: T): string | null {
    return this.#options.orders[0]?.sortKeyOf(node) ?? null;
  }

  #find(name: string): T | null {
    return this.#state.byId.get(this.#position(name));
  }

  #position(name: string): SetPosition {
    const { kind } = this.#options;
    const id = nodeId(kind, name);
    return { sortKey: kind === 'VLAN' ? sortKeyOfTag(name) : id, id };
  }
}

/** Tags have up to four digits. */
export function sortKeyOfTag(tag: string): string {
  return tag.padStart(4, '0');
}
