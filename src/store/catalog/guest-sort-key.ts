import type { Guest } from '../entities/guest.ts';
import { compareKey, parseIPAddress } from '../values/ip-address.ts';

/** What guests can be sorted by; a text that sorts as the value does, null where there is none. `ID` comes first. */
export const guestSortKeys = {
  ID: ({ id }) => id,
  NAME: ({ metadata }) => metadata.name ?? null,
  STATE: ({ state }) => state,
  IP: ({ ip }) => sortKeyOfIP(ip),
  HYPERVISOR: ({ hypervisorId }) => hypervisorId,
} as const satisfies Readonly<Record<string, (guest: Guest) => string | null>>;

export type GuestSortField = keyof typeof guestSortKeys;

export function sortKeyOfIP(text: string | null): string | null {
  const address = text === null ? null : parseIPAddress(text);
  return address === null ? null : compareKey(address);
}
