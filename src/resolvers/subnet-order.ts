import type { Context } from '../context.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { parseCIDR } from '../store/values/cidr.ts';
import { compareKey } from '../store/values/ip-address.ts';
import { subnetAddressing } from './addressing.ts';
import { type Given, nameOf } from './filter.ts';
import type { SortDirection } from './ordering.ts';
import type { ReadOrder } from './reading-list.ts';
import { sortKeyOfFraction, sortKeyOfUnsigned } from './sort-key.ts';

export type SubnetSortField = 'ID' | 'NAME' | 'CIDR' | 'UTILIZATION' | 'AVAILABLE';

export interface SubnetOrder {
  readonly field: SubnetSortField;
  readonly direction: SortDirection;
}

interface SortKeys {
  /** Where it stands in the record. */
  readonly ofRecord?: (subnet: Subnet) => string | null;
  /** Where it has to be read. */
  readonly read?: (context: Context, subnet: Subnet) => MaybePromise<string | null>;
}

const sortKeys: Readonly<Record<SubnetSortField, SortKeys>> = {
  ID: { ofRecord: ({ id }) => id },
  NAME: { ofRecord: nameOf },
  CIDR: { ofRecord: ({ cidr }) => sortKeyOfCIDR(cidr) },
  UTILIZATION: {
    read: (context, subnet) => whenThere(subnetAddressing(context, subnet), ({ utilization }) => sortKeyOfFraction(utilization)),
  },
  AVAILABLE: {
    read: (context, subnet) => whenThere(subnetAddressing(context, subnet), ({ available }) => sortKeyOfUnsigned(available)),
  },
};

/** By first address, then the larger network first. */
function sortKeyOfCIDR(text: string): string | null {
  const cidr = parseCIDR(text);
  if (cidr === null) return null;
  const { family, first } = cidr.range;
  return `${compareKey({ family, number: first })}/${String(cidr.prefixLength).padStart(3, '0')}`;
}

export function subnetOrder(context: Context, order: Given<SubnetOrder>): ReadOrder<Subnet> {
  const { field, direction } = order ?? { field: 'ID', direction: 'ASC' };
  const { ofRecord, read } = sortKeys[field];
  return { field, direction, ofRecord, read: read && ((subnet) => read(context, subnet)) };
}
