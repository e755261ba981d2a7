import { addressViolations } from './invariants/address.ts';
import { capacityViolations } from './invariants/capacity.ts';
import { inventoryViolations } from './invariants/inventory.ts';
import { jobViolations } from './invariants/job.ts';
import { readKeyspace } from './invariants/keyspace.ts';
import { placementViolations } from './invariants/placement.ts';

export interface InvariantOptions {
  /**
   * Ids of guests that a writer placed which knows nothing of the gateway: it writes no state and no job. Where such a guest is
   * unplaced, or has no record, its address and its link may be there: the writer was cut between its three writes.
   */
  readonly foreignGuests?: ReadonlySet<string>;
  /** Ids of hypervisors whose guests may exceed them: their total was lowered, or such a writer did not look. */
  readonly mayOvercommit?: ReadonlySet<string>;
}

/**
 * What is wrong in a keyspace that only the gateway, and the writers that the options name, have written: each violation is a
 * sentence that begins with the key where it shows. `entries` are all keys and values under the prefix, without it, as one
 * consistent read saw them; what lies under `gateway/` may be left out. Records are read here without the gateway's own codecs.
 */
export function invariantViolations(
  entries: Readonly<Record<string, string>>,
  { foreignGuests = new Set(), mayOvercommit = new Set() }: InvariantOptions = {},
): string[] {
  const { keyspace, violations } = readKeyspace(entries);
  return [
    ...violations,
    ...inventoryViolations(keyspace),
    ...addressViolations(keyspace, foreignGuests),
    ...placementViolations(keyspace, foreignGuests),
    ...jobViolations(keyspace, foreignGuests),
    ...capacityViolations(keyspace, mayOvercommit),
  ];
}
