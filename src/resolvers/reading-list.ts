import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { byId, type Ordering, type SortDirection } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import { type Page, pageOf } from './pagination.ts';
import { type Criterion, pageOfSelection, type Selection, selected } from './selection.ts';

/** What a filter asks of nodes. */
export interface ReadingTests<T> {
  /** What the record alone decides. */
  readonly criteria: readonly Criterion<T>[];
  readonly reading: readonly ReadingTest<T>[];
}

/** A test that may have to read below the node. */
export type ReadingTest<T> = (node: T) => MaybePromise<boolean>;

export interface ReadOrder<T> {
  readonly field: string;
  readonly direction: SortDirection;
  /** A node's sort value, where it stands in the record. Else it has to be read. */
  readonly ofRecord?: ((node: T) => string | null) | undefined;
  readonly read?: ((node: T) => MaybePromise<string | null>) | undefined;
}

/** How a list goes on from what its nodes' records decide. */
export interface ReadingList<T> extends Pick<ReadingTests<T>, 'reading'> {
  readonly order: ReadOrder<T>;
  readonly args: PageArguments;
}

/** A page of nodes of which a filter or an order asks what does not stand in their records. */
export function pageOfReading<T extends { readonly id: string }>(
  selection: Selection<T>,
  { reading, order, args }: ReadingList<T>,
): MaybePromise<Page<T>> {
  const ordering = orderingOfRecords(order);
  if (reading.length === 0 && ordering !== null) return pageOfSelection(selection, ordering, args);
  return whenThere(readTests([...selected(selection)], reading), (listed) =>
    whenThere(ordering ?? readOrdering(listed, order), (by) => pageOf(listed, by, args)),
  );
}

/** Those that pass all the tests, which are read for all of them at once. */
function readTests<T>(nodes: readonly T[], tests: readonly ReadingTest<T>[]): MaybePromise<readonly T[]> {
  if (tests.length === 0) return nodes;
  const passed = nodes.map((node) => whenThere(allThere(tests.map((test) => test(node))), (answers) => !answers.includes(false)));
  return whenThere(allThere(passed), (isListed) => nodes.filter((_node, index) => isListed[index]));
}

function orderingOfRecords<T extends { readonly id: string }>({ field, direction, ofRecord }: ReadOrder<T>): Ordering<T> | null {
  return ofRecord === undefined ? null : { ...byId(direction), field, sortKeyOf: ofRecord };
}

/** The sort values are read for all the nodes at once. */
function readOrdering<T extends { readonly id: string }>(
  nodes: readonly T[],
  { field, direction, read = () => null }: ReadOrder<T>,
): MaybePromise<Ordering<T>> {
  return whenThere(allThere(nodes.map(read)), (keys) => {
    const keyOf = new Map(nodes.map((node, index) => [node, keys[index] ?? null]));
    return { ...byId(direction), field, sortKeyOf: (node) => keyOf.get(node) ?? null };
  });
}
