import type { Guest } from './record.ts';
import type { Eventually, GuestListArguments, GuestPage } from './source.ts';

export type Order = NonNullable<GuestListArguments['orderBy']>;
export type Compare = (a: Place, b: Place) => number;

/** Where a guest stands in a list. */
export interface Place {
  readonly id: string;
  readonly name: string | null;
}

export const defaultPageSize = 50;
export const byId: Order = { field: 'ID', direction: 'ASC' };

export function compareBy({ field, direction }: Order): Compare {
  const sign = direction === 'ASC' ? 1 : -1;
  if (field === 'ID') return (a, b) => sign * compareTexts(a.id, b.id);
  return (a, b) => sign * compareTexts(a.name, b.name) || compareTexts(a.id, b.id);
}

/** Nothing is greater than something. */
function compareTexts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}

export function passes({ filter, subnetId }: GuestListArguments): (guest: Guest) => boolean {
  const { states, networkId } = filter ?? {};
  return (guest) =>
    (states === undefined || states === null || states.includes(guest.state)) &&
    (networkId === undefined || networkId === null || guest.networkId === networkId) &&
    (subnetId === undefined || guest.subnetId === subnetId);
}

/** One more than a page has says whether there is a next one. */
export function pageOf(
  nodesAndNext: readonly Guest[],
  { first, orderBy }: GuestListArguments,
  countAll: () => Eventually<number>,
): GuestPage {
  const size = first ?? defaultPageSize;
  const nodes = nodesAndNext.length > size ? nodesAndNext.slice(0, size) : nodesAndNext;
  const last = nodes.at(-1);
  return {
    nodes,
    pageInfo: { hasNextPage: nodesAndNext.length > size, endCursor: last === undefined ? null : cursorOf(last, orderBy ?? byId) },
    countAll,
  };
}

/** Written as the gateway writes them, so that one request can be sent to all servers. */
function cursorOf({ id, name }: Place, { field }: Order): string {
  return Buffer.from(JSON.stringify(field === 'ID' ? [field, id] : [field, id, name])).toString('base64url');
}

export function placeOf(cursor: string): Place {
  const [, id, name = null] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return { id, name };
}
