import type { CatalogView } from '../store/catalog/index.ts';
import { passesAll, type Test } from './filter.ts';
import { keptCount } from './kept-count.ts';
import type { NodeGroup } from './node-group.ts';
import type { Ordering } from './ordering.ts';
import { pageOfWalk } from './page-walk.ts';
import { defaultPageSize, type PageArguments } from './page-window.ts';
import { once, type Page, pageOf } from './pagination.ts';

/** What a list asks of its nodes. */
export interface Criterion<T> {
  readonly passes: Test<T>;
  /** All nodes that pass, for a criterion by which the catalog keeps them. */
  readonly find?: (catalog: CatalogView) => NodeGroup<T>;
}

/** Where a list looks for its nodes. */
export interface Candidates<T> {
  readonly nodes: NodeGroup<T>;
  /** For candidates that are all nodes of the kind: what finds some of them by a criterion. Null: there is nothing but to test each. */
  readonly catalog: CatalogView | null;
  /** What is asked of them, the same for all pages of one list; absent: each page counts for itself. */
  readonly question?: () => string;
}

/** A list before it is put in order. */
export interface Selection<T> {
  /** All that may be in it, as few as are kept together. */
  readonly nodes: NodeGroup<T>;
  /** What they still have to pass; null: nothing. */
  readonly passes: Test<T> | null;
  /** All of the kind, and what puts a node into the list: for an order in which only all are kept. */
  readonly within: { readonly nodes: NodeGroup<T>; readonly passes: Test<T> };
  /** Counts, unless that was done before. */
  readonly countOnce: (count: () => number) => number;
}

/** Chooses the criterion that leaves the fewest nodes to be tested for the others. */
export function select<T>({ nodes, catalog, question }: Candidates<T>, criteria: readonly Criterion<T>[]): Selection<T> {
  let fewest = nodes;
  let chosen: Criterion<T> | null = null;
  for (const criterion of catalog === null ? [] : criteria) {
    const found = catalog === null ? undefined : criterion.find?.(catalog);
    if (found === undefined || (chosen !== null && found.size >= fewest.size)) continue;
    fewest = found;
    chosen = criterion;
  }
  const rest = criteria.filter((criterion) => criterion !== chosen).map(({ passes }) => passes);
  return {
    nodes: fewest,
    passes: rest.length === 0 ? null : passesAll(rest),
    within: { nodes, passes: passesAll(criteria.map(({ passes }) => passes)) },
    countOnce: (count) => (catalog === null || question === undefined ? count() : keptCount(catalog, question(), count)),
  };
}

/** What it costs to come by a node of a group, in nodes of all: a group says where its nodes stand, and each is looked up there. */
const groupStepCost = 8;

/** Those of the selection, in no order. */
export function* selected<T>({ nodes, passes, within }: Selection<T>): IterableIterator<T> {
  const isGroupShorter = nodes.size * groupStepCost < within.nodes.size;
  const test = isGroupShorter || nodes === within.nodes ? passes : within.passes;
  for (const node of isGroupShorter ? nodes : within.nodes) if (test === null || test(node)) yield node;
}

function countSelected<T>(selection: Selection<T>): number {
  if (selection.passes === null) return selection.nodes.size;
  let count = 0;
  for (const _node of selected(selection)) count++;
  return count;
}

const passesAlways = () => true;

/** A page of the selection, at the cost of what it shows where its nodes are kept in this order. */
export function pageOfSelection<T>(selection: Selection<T>, ordering: Ordering<T>, args: PageArguments): Page<T> {
  const countAll = once(() => selection.countOnce(() => countSelected(selection)));
  const walk = selection.nodes.inOrder(ordering);
  if (walk !== null) return pageOfWalk({ walk, ordering, passes: selection.passes ?? passesAlways, countAll }, args);
  const all = selection.within.nodes.inOrder(ordering);
  if (all !== null && isWalkShorter(selection, args)) {
    return pageOfWalk({ walk: all, ordering, passes: selection.within.passes, countAll }, args);
  }
  return pageOf([...selected(selection)], ordering, args);
}

/** Nodes that are sorted faster than anything that is clever. */
const fewNodes = 200;

/** Whether it is less work to come by as many of all nodes as it takes to fill the page than to sort those of the group. */
function isWalkShorter<T>({ nodes, within }: Selection<T>, { first, last }: PageArguments): boolean {
  const pageSize = 1 + (first ?? last ?? defaultPageSize);
  return nodes.size > fewNodes && nodes.size * nodes.size > pageSize * within.nodes.size;
}
