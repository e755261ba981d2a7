import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorOf } from '../../src/resolvers/cursor.ts';
import { groupOfArray, type NodeGroup, unionOf } from '../../src/resolvers/node-group.ts';
import { comparePositions, type Ordering, type SortDirection } from '../../src/resolvers/ordering.ts';
import type { PageArguments } from '../../src/resolvers/page-window.ts';
import { type Page, pageOf, positionOf } from '../../src/resolvers/pagination.ts';
import { pageOfSelection, type Selection } from '../../src/resolvers/selection.ts';

interface Item {
  readonly id: string;
  readonly rank: string | null;
  readonly colour: string;
}

const rankOf = ({ rank }: Item) => rank;
const idOf = ({ id }: Item) => id;

function byRank(direction: SortDirection): Ordering<Item> {
  return { field: 'RANK', direction, sortKeyOf: rankOf, idOf };
}

/** As simple as can be: sorted anew for each walk. */
function kept(items: readonly Item[], fields: readonly string[] = ['RANK']): NodeGroup<Item> {
  return {
    ...groupOfArray(items),
    inOrder(ordering) {
      if (!fields.includes(ordering.field)) return null;
      const compare = comparePositions(ordering.direction);
      const sorted = items.map((item) => ({ ...positionOf(ordering, item), item })).sort(compare);
      return {
        forward: (after) => iterate(sorted.filter((placed) => after === null || compare(placed, after) > 0)),
        backward: (before) => iterate(sorted.filter((placed) => before === null || compare(placed, before) < 0).reverse()),
      };
    },
  };
}

function* iterate(placed: readonly { readonly item: Item }[]): IterableIterator<Item> {
  for (const { item } of placed) yield item;
}

/** All of a page; a cursor that is refused is a part of it. */
function everythingOf(open: () => Page<Item>): unknown {
  const page = open();
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
  return {
    nodes: page.nodes,
    edges: page.edges,
    totalCount: page.totalCount,
    pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor },
  };
}

const ids = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é'), minLength: 1, maxLength: 3 });
const ranks = fc.option(fc.constantFrom('', '1', '2', '3'));
const colours = fc.constantFrom('red', 'green', 'blue');
const lists = fc.uniqueArray(fc.record({ id: ids, rank: ranks, colour: colours }), { selector: idOf, maxLength: 40 });
const directions = fc.constantFrom<SortDirection>('ASC', 'DESC');
const sizes = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined });
/** Of items that are there, and of some that are not, or no longer. */
const cursors = fc.option(
  fc.record({ id: ids, sortKey: ranks }).map((position) => cursorOf('RANK', position)),
  { nil: undefined },
);
const pages = fc.record<PageArguments>({ first: sizes, last: sizes, after: cursors, before: cursors });

interface Question {
  readonly items: readonly Item[];
  readonly direction: SortDirection;
  readonly args: PageArguments;
  readonly wanted: readonly string[];
}

const questions: fc.Arbitrary<Question> = fc.record({
  items: lists,
  direction: directions,
  args: pages,
  wanted: fc.subarray(['red', 'green', 'blue']),
});

function expectSamePages(
  selectionOf: (question: Question) => Selection<Item>,
  isListed: (item: Item, question: Question) => boolean,
) {
  fc.assert(
    fc.property(questions, (question) => {
      const { items, direction, args } = question;
      const listed = items.filter((item) => isListed(item, question));
      const walked = everythingOf(() => pageOfSelection(selectionOf(question), byRank(direction), args));
      expect(walked).toEqual(everythingOf(() => pageOf(listed, byRank(direction), args)));
    }),
    { numRuns: 2000 },
  );
}

const isWanted = ({ colour }: Item, { wanted }: Question) => wanted.includes(colour);

const countOnce = (count: () => number) => count();

function selectionOf(nodes: NodeGroup<Item>, passes: Selection<Item>['passes'] = null, all = nodes): Selection<Item> {
  return { nodes, passes, within: { nodes: all, passes: passes ?? (() => true) }, countOnce };
}

describe('a page of a list that is kept in its order is the same as one that is sorted', () => {
  it('with all of the list', () => {
    expectSamePages(
      ({ items }) => selectionOf(kept(items)),
      () => true,
    );
  });

  it('with those of the list that pass a test', () => {
    expectSamePages((question) => selectionOf(kept(question.items), (item) => isWanted(item, question)), isWanted);
  });

  it('with several groups together, which have no item in common', () => {
    expectSamePages(({ items, wanted }) => {
      const groups = wanted.map((wantedColour) => kept(items.filter(({ colour }) => colour === wantedColour)));
      return selectionOf(unionOf(groups));
    }, isWanted);
  });

  it('with a group that is not kept in the order, in which all are', () => {
    const items = Array.from({ length: 1200 }, (_, index): Item => {
      const id = String(index).padStart(4, '0');
      return { id, rank: index % 7 === 0 ? null : String(index % 5), colour: index % 3 === 0 ? 'red' : 'blue' };
    });
    const isBlue = ({ colour }: Item) => colour === 'blue';
    const blue = items.filter(isBlue);
    const all = kept(items);
    const selection: Selection<Item> = {
      nodes: kept(blue, ['ID']),
      passes: null,
      within: { nodes: all, passes: isBlue },
      countOnce,
    };
    const cursor = fc.option(
      fc.constantFrom(...items).map((item) => cursorOf('RANK', { sortKey: item.rank, id: item.id })),
      { nil: undefined },
    );
    const args = fc.record<PageArguments>({ first: sizes, last: sizes, after: cursor, before: cursor });
    fc.assert(
      fc.property(directions, args, (direction, page) => {
        const walked = everythingOf(() => pageOfSelection(selection, byRank(direction), page));
        expect(walked).toEqual(everythingOf(() => pageOf(blue, byRank(direction), page)));
      }),
      { numRuns: 200 },
    );
  });
});

function refuseToWalk(): never {
  throw new Error('It was looked at');
}

describe('a page of a kept list', () => {
  const items = Array.from({ length: 1000 }, (_, index): Item => {
    const id = String(index).padStart(4, '0');
    return { id, rank: id, colour: index % 2 === 0 ? 'red' : 'blue' };
  });
  const all = kept(items);
  const cursor = cursorOf('RANK', { sortKey: '0500', id: '0500' });

  function counting(): { readonly selection: Selection<Item>; tested(): number } {
    let tests = 0;
    const passes = () => {
      tests++;
      return true;
    };
    return { selection: selectionOf(all, passes), tested: () => tests };
  }

  it.each<[PageArguments]>([[{ first: 10 }], [{ first: 10, after: cursor }], [{ last: 10 }], [{ last: 10, before: cursor }]])(
    'looks at no more than it takes: %j',
    (args) => {
      const { selection, tested } = counting();
      const page = pageOfSelection(selection, byRank('ASC'), args);
      expect(tested()).toBe(0);
      expect(page.nodes).toHaveLength(10);
      expect(tested()).toBe(10);
      const { hasNextPage, hasPreviousPage } = page.pageInfo;
      expect([hasNextPage, hasPreviousPage].filter((is) => is).length).toBeGreaterThan(0);
      expect(tested()).toBeLessThanOrEqual(12);
      expect(page.totalCount).toBe(1000);
      expect(tested()).toBeGreaterThanOrEqual(1010);
    },
  );

  it('counts without looking at anything where nothing is tested', () => {
    const unseen: NodeGroup<Item> = {
      size: 1000,
      inOrder: () => ({ forward: refuseToWalk, backward: refuseToWalk }),
      [Symbol.iterator]: refuseToWalk,
    };
    expect(pageOfSelection(selectionOf(unseen), byRank('ASC'), {}).totalCount).toBe(1000);
  });

  it('refuses a cursor and a size before it looks at anything', () => {
    const { selection, tested } = counting();
    expect(() => pageOfSelection(selection, byRank('ASC'), { first: -1 })).toThrow('first is -1');
    expect(() => pageOfSelection(selection, byRank('ASC'), { after: 'x' })).toThrow('is no cursor');
    expect(tested()).toBe(0);
  });
});
