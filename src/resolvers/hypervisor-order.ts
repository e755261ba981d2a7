import type { Context } from '../context.ts';
import { sortKeyOfIP } from '../store/catalog/index.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { freeResources } from './capacity.ts';
import { type Given, nameOf } from './filter.ts';
import { linkedGuests } from './guest-link.ts';
import type { SortDirection } from './ordering.ts';
import type { ReadOrder } from './reading-list.ts';
import { sortKeyOfUnsigned } from './sort-key.ts';

export type HypervisorSortField = 'ID' | 'NAME' | 'IP' | 'FREE_MEMORY' | 'FREE_DISK' | 'GUEST_COUNT';

export interface HypervisorOrder {
  readonly field: HypervisorSortField;
  readonly direction: SortDirection;
}

interface SortKeys {
  /** Where it stands in the record. */
  readonly ofRecord?: (hypervisor: Hypervisor) => string | null;
  /** Where it has to be read. */
  readonly read?: (context: Context, hypervisor: Hypervisor) => MaybePromise<string | null>;
  /** What that has to know of other kinds. */
  readonly kinds?: readonly ('GUEST' | 'FLAVOR')[];
}

const sortKeys: Readonly<Record<HypervisorSortField, SortKeys>> = {
  ID: { ofRecord: ({ id }) => id },
  NAME: { ofRecord: nameOf },
  IP: { ofRecord: ({ ip }) => sortKeyOfIP(ip) },
  FREE_MEMORY: {
    read: (context, hypervisor) => whenThere(freeResources(context, hypervisor), ({ memory }) => sortKeyOfUnsigned(memory)),
    kinds: ['GUEST', 'FLAVOR'],
  },
  FREE_DISK: {
    read: (context, hypervisor) => whenThere(freeResources(context, hypervisor), ({ disk }) => sortKeyOfUnsigned(disk)),
    kinds: ['GUEST', 'FLAVOR'],
  },
  GUEST_COUNT: {
    read: (context, hypervisor) => whenThere(linkedGuests(context, hypervisor), ({ size }) => sortKeyOfUnsigned(size)),
    kinds: ['GUEST'],
  },
};

export function hypervisorOrder(context: Context, order: Given<HypervisorOrder>): ReadOrder<Hypervisor> {
  const { field, direction } = order ?? { field: 'ID', direction: 'ASC' };
  const { ofRecord, read } = sortKeys[field];
  return { field, direction, ofRecord, read: read && ((hypervisor) => read(context, hypervisor)) };
}

/** The kinds that are looked through for an order. */
export function kindsOfOrder(order: Given<HypervisorOrder>): readonly ('GUEST' | 'FLAVOR')[] {
  return (order === null || order === undefined ? undefined : sortKeys[order.field].kinds) ?? [];
}
