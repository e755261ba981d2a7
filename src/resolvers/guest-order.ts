import { type GuestSortField, guestSortKeys } from '../store/catalog/index.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Given } from './filter.ts';
import { byId, type Ordering, type SortDirection } from './ordering.ts';

export interface GuestOrder {
  readonly field: GuestSortField;
  readonly direction: SortDirection;
}

export function guestOrdering(order: Given<GuestOrder>): Ordering<Guest> {
  const { field, direction } = order ?? { field: 'ID', direction: 'ASC' };
  return { ...byId(direction), field, sortKeyOf: guestSortKeys[field] };
}
