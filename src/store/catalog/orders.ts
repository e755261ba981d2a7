import type { StringMap } from '../entities/entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { NodeKind } from '../keys.ts';
import { guestSortKeys } from './guest-sort-key.ts';
import { sortKeyOfCreation } from './job-sort-key.ts';
import { sortKeyOfTag } from './kind-catalog.ts';

/** What a node is sorted by in one order. */
export interface Order<T> {
  readonly field: string;
  /** A text that sorts as the value does; null where there is none. */
  readonly sortKeyOf: (node: T) => string | null;
}

interface Named {
  readonly id: string;
  readonly metadata: StringMap;
}

const byId: Order<{ readonly id: string }> = { field: 'ID', sortKeyOf: ({ id }) => id };
const byName: Order<Named> = { field: 'NAME', sortKeyOf: ({ metadata }) => metadata.name ?? null };
const byTag: Order<EntityOf['VLAN']> = { field: 'ID', sortKeyOf: ({ tag }) => sortKeyOfTag(String(tag)) };
const byCreation: Order<EntityOf['JOB']> = { field: 'CREATED', sortKeyOf: sortKeyOfCreation };
const idAndName: readonly Order<Named>[] = [byId, byName];

/** The orders in which all nodes of each kind are kept, that of ids first. */
export const ordersOf: { readonly [K in NodeKind]: readonly Order<EntityOf[K]>[] } = {
  NETWORK: idAndName,
  SUBNET: idAndName,
  HYPERVISOR: idAndName,
  GUEST: Object.entries(guestSortKeys).map(([field, sortKeyOf]) => ({ field, sortKeyOf })),
  FLAVOR: idAndName,
  FIREWALL_GROUP: idAndName,
  VLAN: [byTag],
  VLAN_GROUP: idAndName,
  JOB: [byId, byCreation],
  CONFIG: [byId],
};
