import type { Context } from '../context.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { parseCIDR } from '../store/values/cidr.ts';
import { compareKey } from '../store/values/ip-address.ts';
import { subnetAddressing } from './addressing.ts';
import { type Given, nameOf } from './filter.ts';
import type { Ordering, SortDirection } from './ordering.ts';
import { readOrdering } from './read-ordering.ts';
import { sortKeyOfFraction, sortKeyOfUnsigned } from './sort-key.ts';

export type SubnetSortField = 'ID' | 'NAME' | 'CIDR' | 'UTILIZATION' | 'AVAILABLE';

export interface SubnetOrder {
  readonly field: SubnetSortField;
  readonly direction: SortDirection;
}

type SortKeyReader = (context: Context, subnet: Subnet) => string | null | Promise<string | null>;

const sortKeyReaders: Readonly<Record<SubnetSortField, SortKeyReader>> = {
  ID: (_context, { id }) => id,
  NAME: (_context, subnet) => nameOf(subnet),
  CIDR: (_context, { cidr }) => sortKeyOfCIDR(cidr),
  UTILIZATION: async (context, subnet) => sortKeyOfFraction((await subnetAddressing(context, subnet)).utilization),
  AVAILABLE: async (context, subnet) => sortKeyOfUnsigned((await subnetAddressing(context, subnet)).available),
};

/** By first address, then the larger network first. */
function sortKeyOfCIDR(text: string): string | null {
  const cidr = parseCIDR(text);
  if (cidr === null) return null;
  const { family, first } = cidr.range;
  return `${compareKey({ family, number: first })}/${String(cidr.prefixLength).padStart(3, '0')}`;
}

/** Reads what the order needs to know of these subnets. */
export function subnetOrdering(
  context: Context,
  subnets: readonly Subnet[],
  order: Given<SubnetOrder>,
): Promise<Ordering<Subnet>> {
  const { field, direction } = order ?? { field: 'ID', direction: 'ASC' };
  const readSortKey = sortKeyReaders[field];
  return readOrdering({ items: subnets, field, direction, readSortKey: (subnet) => readSortKey(context, subnet) });
}
