import type { Context } from '../context.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { freeResources } from './capacity.ts';
import { type Given, nameOf } from './filter.ts';
import { linkedGuests } from './guest-link.ts';
import { sortKeyOfIP } from './guest-order.ts';
import type { Ordering, SortDirection } from './ordering.ts';
import { readOrdering } from './read-ordering.ts';
import { sortKeyOfUnsigned } from './sort-key.ts';

export type HypervisorSortField = 'ID' | 'NAME' | 'IP' | 'FREE_MEMORY' | 'FREE_DISK' | 'GUEST_COUNT';

export interface HypervisorOrder {
  readonly field: HypervisorSortField;
  readonly direction: SortDirection;
}

type SortKeyReader = (context: Context, hypervisor: Hypervisor) => string | null | Promise<string | null>;

const sortKeyReaders: Readonly<Record<HypervisorSortField, SortKeyReader>> = {
  ID: (_context, { id }) => id,
  NAME: (_context, hypervisor) => nameOf(hypervisor),
  IP: (_context, { ip }) => sortKeyOfIP(ip),
  FREE_MEMORY: async (context, hypervisor) => sortKeyOfUnsigned((await freeResources(context, hypervisor)).memory),
  FREE_DISK: async (context, hypervisor) => sortKeyOfUnsigned((await freeResources(context, hypervisor)).disk),
  GUEST_COUNT: async (context, hypervisor) => sortKeyOfUnsigned((await linkedGuests(context, hypervisor)).length),
};

/** What an order has to know of other kinds. */
const kindsToRead: Readonly<Partial<Record<HypervisorSortField, readonly ('GUEST' | 'FLAVOR')[]>>> = {
  FREE_MEMORY: ['GUEST', 'FLAVOR'],
  FREE_DISK: ['GUEST', 'FLAVOR'],
  GUEST_COUNT: ['GUEST'],
};

/** Asks for these kinds at the same time as for the hypervisors, so that all of it is one wave. */
export async function readForOrder({ loaders }: Context, order: Given<HypervisorOrder>): Promise<void> {
  if (order === null || order === undefined) return;
  const kinds = kindsToRead[order.field] ?? [];
  await Promise.all(kinds.map((kind) => loaders[kind].list()));
}

/** Reads what the order needs to know of these hypervisors. */
export function hypervisorOrdering(
  context: Context,
  hypervisors: readonly Hypervisor[],
  order: Given<HypervisorOrder>,
): Promise<Ordering<Hypervisor>> {
  const { field, direction } = order ?? { field: 'ID', direction: 'ASC' };
  const readSortKey = sortKeyReaders[field];
  return readOrdering({ items: hypervisors, field, direction, readSortKey: (hypervisor) => readSortKey(context, hypervisor) });
}
