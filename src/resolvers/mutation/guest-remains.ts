import type { Context } from '../../context.ts';
import { subkeys } from '../../store/keys.ts';
import type { Compare, KeyValue, Write } from '../../store/store.ts';
import { isStill } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { addressOfReservation, type Removal, removalOf } from './guest-holding.ts';

/** What lies under the id of a guest that has no record, and what it holds elsewhere: of an earlier life, or another tool's. */
export interface GuestRemains {
  readonly entries: readonly KeyValue[];
  /** Hold while nothing is left but that. */
  readonly compares: readonly Compare[];
}

export const noRemains: GuestRemains = { entries: [], compares: [] };

/** A guest that is created under the id must not begin with another's state, jobs and reserved address. */
export async function remainsOf(context: Context, guestId: string): Promise<GuestRemains> {
  const directory = context.keys.directory('GUEST', guestId);
  const keys = await getGuestKeys(context, { kind: 'GUEST', directory });
  const reserved = await addressOfReservation(context, guestId, keys);
  return {
    entries: [reserved, keys.state, keys.jobs, keys.reservation].filter((entry) => entry !== null),
    compares: [
      isStill(directory + subkeys.state, keys.state),
      isStill(directory + subkeys.jobs, keys.jobs),
      isStill(directory + subkeys.reservation, keys.reservation),
      ...removalOf([reserved]).compares,
    ],
  };
}

/** With these writes. A key that they put is theirs: a transaction can't remove it too. */
export function clearRemains({ entries, compares }: GuestRemains, writes: readonly Write[]): Removal {
  const kept = new Set(writes.map((write) => (write.type === 'put' ? write.key : null)));
  return { compares, writes: removalOf(entries.filter(({ key }) => !kept.has(key))).writes };
}
