import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorOf } from '../../src/resolvers/cursor.ts';
import type { Ordering, SortDirection } from '../../src/resolvers/ordering.ts';
import type { PageArguments } from '../../src/resolvers/page-window.ts';
import { type Page, pageOf } from '../../src/resolvers/pagination.ts';
import { sortedPages } from '../../src/resolvers/sorted-page.ts';

interface Item {
  readonly id: string;
  readonly rank: string | null;
}

function byRank(direction: SortDirection, ranksRead: Item[] = []): Ordering<Item> {
  const sortKeyOf = (item: Item) => {
    ranksRead.push(item);
    return item.rank;
  };
  return { field: 'RANK', direction, sortKeyOf, idOf: ({ id }) => id };
}

function everythingOf({ nodes, edges, totalCount, pageInfo }: Page<Item>): unknown {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  return { nodes, edges, totalCount, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } };
}

const ids = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
const ranks = fc.option(fc.constantFrom('', '1', '2', '3'));
const lists = fc.uniqueArray(fc.record({ id: ids, rank: ranks }), { selector: ({ id }) => id, maxLength: 30 });
const sizes = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined });
/** Of items that are there, and of some that are not. */
const cursors = fc.option(
  fc.record({ id: ids, sortKey: ranks }).map((position) => cursorOf('RANK', position)),
  { nil: undefined },
);
const pages = fc.array(fc.record<PageArguments>({ first: sizes, last: sizes, after: cursors, before: cursors }), {
  maxLength: 4,
});

describe('pages of a list that is put in order once', () => {
  it('are the same as those of one that is put in order for each of them', () => {
    fc.assert(
      fc.property(lists, fc.constantFrom<SortDirection>('ASC', 'DESC'), pages, (items, direction, asked) => {
        const page = sortedPages(items, byRank(direction));
        for (const args of asked) expect(everythingOf(page(args))).toEqual(everythingOf(pageOf(items, byRank(direction), args)));
      }),
      { numRuns: 2000 },
    );
  });

  it('look at each item once, however many they are, and at none to count them', () => {
    const items = Array.from({ length: 100 }, (_, index) => ({ id: String(index), rank: String((index * 37) % 100) }));
    const ranksRead: Item[] = [];
    const page = sortedPages(items, byRank('ASC', ranksRead));
    for (const first of [0, 1, 2]) expect(page({ first }).totalCount).toBe(100);
    expect(ranksRead).toEqual([]);
    for (const last of [1, 2, 3, 100]) expect(page({ last }).nodes).toHaveLength(last);
    expect(ranksRead).toEqual(items);
  });

  it('refuse their arguments before anything is put in order', () => {
    const ranksRead: Item[] = [];
    const page = sortedPages([{ id: 'a', rank: null }], byRank('ASC', ranksRead));
    expect(() => page({ first: -1 })).toThrow('first is -1: it must be 0 or more');
    expect(ranksRead).toEqual([]);
  });
});
