import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasErrorCode } from '../../src/errors.ts';
import { byId, type Ordering, type SortDirection } from '../../src/resolvers/ordering.ts';
import type { PageArguments } from '../../src/resolvers/page-window.ts';
import { type Page, pageOf } from '../../src/resolvers/pagination.ts';

interface Item {
  readonly id: string;
  readonly rank: string | null;
}

function byRank(direction: SortDirection): Ordering<Item> {
  return { field: 'RANK', direction, sortKeyOf: ({ rank }) => rank, idOf: ({ id }) => id };
}

const items: readonly Item[] = ['c', 'a', 'e', 'b', 'd'].map((id) => ({ id, rank: null }));

function page(args: PageArguments): string {
  const { nodes, pageInfo, totalCount } = pageOf(items, byId(), args);
  expect(totalCount).toBe(5);
  return `${pageInfo.hasPreviousPage ? '<' : '|'}${nodes.map(({ id }) => id).join('')}${pageInfo.hasNextPage ? '>' : '|'}`;
}

function cursorOfItem(id: string, ordering: Ordering<Item> = byId(), of = items): string {
  const cursor = pageOf(of, ordering, {}).edges.find(({ node }) => node.id === id)?.cursor;
  if (cursor === undefined) throw new Error(`${id} is on no page`);
  return cursor;
}

function refusal(args: PageArguments, ordering: Ordering<Item> = byId()): { field: unknown; message: string } {
  try {
    pageOf(items, ordering, args);
  } catch (error) {
    if (hasErrorCode(error, 'BAD_USER_INPUT')) return { field: error.details.field, message: error.message };
    throw error;
  }
  throw new Error('It was accepted');
}

describe('a page', () => {
  it('is the first 50 in order when nothing is asked', () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ id: String(59 - index).padStart(2, '0'), rank: null }));
    const { nodes, pageInfo } = pageOf(many, byId(), {});
    expect(nodes).toHaveLength(50);
    expect([nodes[0]?.id, nodes.at(-1)?.id, pageInfo.hasNextPage]).toEqual(['00', '49', true]);
    expect(page({})).toBe('|abcde|');
  });

  it('is cut from either end', () => {
    expect(page({ first: 2 })).toBe('|ab>');
    expect(page({ last: 2 })).toBe('<de|');
    expect(page({ first: 5 })).toBe('|abcde|');
    expect(page({ first: 1000 })).toBe('|abcde|');
  });

  it('is the end of the beginning when both are given', () => {
    expect(page({ first: 4, last: 2 })).toBe('<cd>');
    expect(page({ first: 2, last: 4 })).toBe('|ab>');
  });

  it('begins behind `after` and ends before `before`', () => {
    expect(page({ after: cursorOfItem('b') })).toBe('<cde|');
    expect(page({ before: cursorOfItem('d') })).toBe('|abc>');
    expect(page({ after: cursorOfItem('a'), before: cursorOfItem('e') })).toBe('<bcd>');
    expect(page({ first: 2, after: cursorOfItem('b') })).toBe('<cd>');
    expect(page({ last: 2, before: cursorOfItem('d') })).toBe('<bc>');
    expect(page({ after: cursorOfItem('d'), before: cursorOfItem('b') })).toBe('<>');
  });

  it('is empty with `first: 0` or `last: 0`, and says what lies around it', () => {
    expect(page({ first: 0 })).toBe('|>');
    expect(page({ last: 0 })).toBe('<|');
    expect(page({ first: 0, after: cursorOfItem('c') })).toBe('<>');
    expect(pageOf(items, byId(), { first: 0 }).pageInfo).toMatchObject({ startCursor: null, endCursor: null });
  });

  it('takes null for not given', () => {
    expect(page({ first: null, after: null, last: null, before: null })).toBe('|abcde|');
  });

  it('names its ends by the cursors of its edges', () => {
    const { edges, nodes, pageInfo } = pageOf(items, byId(), { first: 3, last: 2 });
    expect(edges.map(({ node }) => node)).toEqual(nodes);
    expect(pageInfo).toMatchObject({ startCursor: edges[0]?.cursor, endCursor: edges[1]?.cursor });
  });
});

describe('an ordering', () => {
  const ranked: readonly Item[] = [
    { id: 'a', rank: null },
    { id: 'b', rank: '2' },
    { id: 'c', rank: '1' },
    { id: 'd', rank: '2' },
    { id: 'e', rank: null },
  ];
  const ids = (direction: SortDirection, args: PageArguments = {}) =>
    pageOf(ranked, byRank(direction), args)
      .nodes.map(({ id }) => id)
      .join('');

  it('puts what has no value last in ASC and first in DESC, and breaks ties by id in both', () => {
    expect(ids('ASC')).toBe('cbdae');
    expect(ids('DESC')).toBe('aebdc');
  });

  it('goes on behind a cursor in both directions, also among equals and among those without a value', () => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const all = ids(direction);
      for (const [index, id] of [...all].entries()) {
        const cursor = cursorOfItem(id, byRank(direction), ranked);
        expect(ids(direction, { after: cursor })).toBe(all.slice(index + 1));
        expect(ids(direction, { before: cursor })).toBe(all.slice(0, index));
      }
    }
  });
});

describe('a cursor', () => {
  it('goes on working when its item is gone, and when others came in before it', () => {
    const after = cursorOfItem('c');
    const changed = [...items.filter(({ id }) => id !== 'c'), { id: 'aa', rank: null }, { id: 'cc', rank: null }];
    expect(pageOf(changed, byId(), { after, first: 2 }).nodes.map(({ id }) => id)).toEqual(['cc', 'd']);
  });

  it('is refused by a list of another order, whose name the message says', () => {
    const cursor = cursorOfItem('c');
    expect(refusal({ after: cursor }, byRank('ASC'))).toEqual({
      field: 'after',
      message: `The cursor "${cursor}" belongs to a list ordered by "ID", and this one is ordered by RANK`,
    });
    expect(refusal({ before: cursor }, byRank('ASC')).field).toBe('before');
  });

  it.each([
    '',
    'x',
    'not a cursor',
    Buffer.from('["ID"]').toString('base64url'),
    Buffer.from('["ID",1]').toString('base64url'),
    Buffer.from('["ID","a",1]').toString('base64url'),
    Buffer.from('["ID","a","a","a"]').toString('base64url'),
    Buffer.from('{"0":"ID"}').toString('base64url'),
    Buffer.from('["ID","a"').toString('base64url'),
    `${Buffer.from('["ID","a"]').toString('base64url')}=`,
  ])('is refused when it is %j', (garbage) => {
    expect(refusal({ after: garbage })).toMatchObject({ field: 'after', message: expect.stringContaining('is no cursor') });
  });
});

describe('a page size', () => {
  it('is refused below 0 and above 1,000', () => {
    expect(refusal({ first: -1 })).toEqual({ field: 'first', message: 'first is -1: it must be 0 or more' });
    expect(refusal({ last: 1001 })).toEqual({ field: 'last', message: 'last is 1001: a page has at most 1000' });
    expect(refusal({ first: 1, last: -5 }).field).toBe('last');
  });
});

describe('pages', () => {
  const arbitraryItems = fc.uniqueArray(
    fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), rank: fc.option(fc.constantFrom('1', '2', '3')) }),
    { selector: ({ id }) => id, maxLength: 40 },
  );
  const direction = fc.constantFrom<SortDirection>('ASC', 'DESC');

  it('that follow one another have every item once, in order, whatever their size', () => {
    fc.assert(
      fc.property(arbitraryItems, direction, fc.integer({ min: 1, max: 9 }), (list, way, size) => {
        const whole = pageOf(list, byRank(way), { first: 1000 }).nodes;
        const forward: Item[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const { nodes, pageInfo }: Page<Item> = pageOf(list, byRank(way), { first: size, after });
          forward.push(...nodes);
          after = pageInfo.endCursor;
          more = pageInfo.hasNextPage;
        }
        const backward: Item[] = [];
        for (let before: string | null = null, more = true; more; ) {
          const { nodes, pageInfo }: Page<Item> = pageOf(list, byRank(way), { last: size, before });
          backward.unshift(...nodes);
          before = pageInfo.startCursor;
          more = pageInfo.hasPreviousPage;
        }
        expect(whole).toHaveLength(list.length);
        expect(forward).toEqual(whole);
        expect(backward).toEqual(whole);
      }),
    );
  });

  it("are what Relay's algorithm cuts out of the whole list", () => {
    const size = fc.option(fc.integer({ min: 0, max: 12 }));
    const position = fc.option(fc.nat({ max: 39 }));
    fc.assert(
      fc.property(
        arbitraryItems,
        direction,
        size,
        size,
        position,
        position,
        (list, way, first, last, afterIndex, beforeIndex) => {
          const { edges } = pageOf(list, byRank(way), { first: 1000 });
          const at = (index: number | null) => (index === null ? undefined : edges[index]);
          const [after, before] = [at(afterIndex), at(beforeIndex)];
          let expected = edges.slice(
            after === undefined ? 0 : edges.indexOf(after) + 1,
            before === undefined ? undefined : edges.indexOf(before),
          );
          if (first !== null) expected = expected.slice(0, first);
          if (last !== null) expected = expected.slice(Math.max(expected.length - last, 0));
          const page = pageOf(list, byRank(way), { first, last, after: after?.cursor, before: before?.cursor });
          expect(page.edges).toEqual(expected);
        },
      ),
    );
  });
});
