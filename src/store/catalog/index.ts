export type { Catalog } from './catalog.ts';
export { type CatalogView, guestGroupFields } from './catalog-view.ts';
export { type GuestSortField, guestSortKeys, sortKeyOfIP } from './guest-sort-key.ts';
export { sortKeyOfCreation } from './job-sort-key.ts';
export type { HypervisorLoad } from './load.ts';
export type { NodeSet } from './node-set.ts';
export { openCatalog } from './open-catalog.ts';
