import type { ArgBuilder, ObjectRef } from '@pothos/core';
import { defaultPageSize, largestPageSize } from '../resolvers/page-window.ts';
import type { Edge, Page, PageInfo } from '../resolvers/pagination.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { costs } from './field-cost.ts';

/** What connections are of: `things` is how descriptions call them. */
interface ConnectionOptions<T> {
  readonly name: string;
  readonly things: string;
  readonly node: ObjectRef<SchemaTypes, T>;
}

/** `NetworkConnection` and `NetworkEdge` for networks. */
export function connectionOf<T>({ name, things, node }: ConnectionOptions<T>): ObjectRef<SchemaTypes, Page<T>> {
  const edge = builder.objectRef<Edge<T>>(`${name}Edge`).implement({
    description: `One of the ${things} of a page, with its cursor.`,
    fields: (t) => ({
      cursor: t.string({
        description:
          'Where it stands in the list, opaque: pass it as `after` or `before`. It goes on working when others come or go.',
        resolve: ({ cursor }) => cursor,
      }),
      node: t.expose('node', { type: node, description: 'The item itself.' }),
    }),
  });
  return builder.objectRef<Page<T>>(`${name}Connection`).implement({
    description: `A page of a list of ${things}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        extensions: costs({ size: 'PAGE' }),
        description: 'The items of this page, each with its cursor.',
        resolve: (page) => page.edges,
      }),
      nodes: t.field({
        type: [node],
        extensions: costs({ size: 'PAGE' }),
        description: 'The same items without cursors.',
        resolve: (page) => page.nodes,
      }),
      pageInfo: t.field({
        type: PageInfoRef,
        description: 'How to get the pages before and behind this one.',
        // The page has to be made for it, whether its items are asked for or not.
        extensions: costs({ each: 1 }),
        resolve: (page) => page.pageInfo,
      }),
      totalCount: t.int({
        description: 'How many the whole list has, over all pages, after filters. Records that cannot be read do not count.',
        resolve: (page) => page.totalCount,
      }),
    }),
  });
}

const PageInfoRef = builder.objectRef<PageInfo>('PageInfo').implement({
  description: 'Where a page stands in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', {
      description: 'Whether there are items behind this page: ask for them with `after: endCursor`.',
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description: 'Whether there are items before this page: ask for them with `before: startCursor` and `last`.',
    }),
    startCursor: t.exposeString('startCursor', {
      nullable: true,
      description: 'The cursor of the first item; null when the page is empty.',
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'The cursor of the last item; null when the page is empty.',
    }),
  }),
});

/** `first`, `after`, `last` and `before`, as every connection has them. */
export function pageArguments(arg: ArgBuilder<SchemaTypes>) {
  return {
    first: arg.int({
      description: `How many to take from the beginning: 0 to ${largestPageSize}. ${defaultPageSize} when neither \`first\` nor \`last\` is given.`,
    }),
    after: arg.string({ description: 'Take only what comes behind this cursor, which a list in the same order has given.' }),
    last: arg.int({ description: `How many to take from the end, of what \`first\` leaves: 0 to ${largestPageSize}.` }),
    before: arg.string({ description: 'Take only what comes before this cursor, which a list in the same order has given.' }),
  };
}
