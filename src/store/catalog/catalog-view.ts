import type { BrokenRecord } from '../broken-record.ts';
import type { Guest } from '../entities/guest.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Job } from '../entities/job.ts';
import type { Subnet } from '../entities/subnet.ts';
import type { NodeKind } from '../keys.ts';
import type { Key } from '../range.ts';
import type { KeyValue, Revision } from '../store.ts';
import type { HypervisorLoad } from './load.ts';
import type { NodeSet } from './node-set.ts';

/** The fields of guests by which they are kept in groups. */
export const guestGroupFields = [
  'networkId',
  'subnetId',
  'hypervisorId',
  'flavorId',
  'firewallGroupId',
  'vlanGroupId',
  'state',
  'ip',
  'mac',
] as const;
export type GuestGroupField = (typeof guestGroupFields)[number];

/** The nodes of a cluster at one revision, each decoded once for all who read it, and found by what they refer to. */
export interface CatalogView {
  /** Of the last commit that it follows, or of the load where there was none: the memory's own may have moved on without a change. */
  readonly revision: Revision;
  /** Null when there is none. Fails with BROKEN_RECORD when its record can't be read. `name`: see Directory. */
  get<K extends NodeKind>(kind: K, name: string): EntityOf[K] | null;
  /** What the keys of a node begin with, as stored (see Directory.path); null when it has no record. */
  pathOf(kind: NodeKind, name: string): Key | null;
  /** All of the kind that can be read. */
  nodes<K extends NodeKind>(kind: K): NodeSet<EntityOf[K]>;
  /** Those of the kind that can't be read, by key. */
  broken(kind: NodeKind): readonly BrokenRecord[];
  /** The guests whose record has this value in this field; null: none. Kept in the orders ID and NAME. */
  guestsBy(field: GuestGroupField, value: string | null): NodeSet<Guest>;
  /** The values that guests have in a field, with how many have each. */
  guestCounts(field: GuestGroupField): ReadonlyMap<string | null, number>;
  subnetsOfNetwork(networkId: string): NodeSet<Subnet>;
  jobsOfGuest(guestId: string): NodeSet<Job>;
  /** The keys `hypervisors/<id>/guests/<guest id>` that name this guest, by key; also those of hypervisors without a record. */
  linksToGuest(guestId: string): readonly KeyValue[];
  /** The keys `hypervisors/<id>/subnets/<subnet id>` that name this subnet, by key; also those of hypervisors without a record. */
  linksToSubnet(subnetId: string): readonly KeyValue[];
  /**
   * It stays the same for as long as what a hypervisor's guests add up to does: as its links to guests, those guests and all flavors
   * do. `name`: see Directory.
   */
  loadOf(hypervisorName: string): HypervisorLoad;
}
