import type { Guest } from '../store/entities/guest.ts';
import { compareKey, parseIPAddress } from '../store/values/ip-address.ts';
import { type Given, nameOf } from './filter.ts';
import { byId, type Ordering, type SortDirection } from './ordering.ts';

export type GuestSortField = 'ID' | 'NAME' | 'STATE' | 'IP' | 'HYPERVISOR';

export interface GuestOrder {
  readonly field: GuestSortField;
  readonly direction: SortDirection;
}

const sortKeys: Readonly<Record<GuestSortField, (guest: Guest) => string | null>> = {
  ID: (guest) => guest.id,
  NAME: nameOf,
  STATE: (guest) => guest.state,
  IP: (guest) => sortKeyOfIP(guest.ip),
  HYPERVISOR: (guest) => guest.hypervisorId,
};

export function guestOrdering(order: Given<GuestOrder>): Ordering<Guest> {
  const { field, direction } = order ?? { field: 'ID', direction: 'ASC' };
  return { ...byId(direction), field, sortKeyOf: sortKeys[field] };
}

export function sortKeyOfIP(text: string | null): string | null {
  const address = text === null ? null : parseIPAddress(text);
  return address === null ? null : compareKey(address);
}
