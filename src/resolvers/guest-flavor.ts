import type { DirectoryEntity } from '../store/entities/entity.ts';
import type { Flavor } from '../store/entities/flavor.ts';
import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { groupBy } from './grouping.ts';
import { type GuestLink, linksToGuests } from './guest-link.ts';
import { type LoadReader, oncePerLoad } from './load-memo.ts';

/** What guests of one flavor a hypervisor has. */
export interface FlavorUse {
  readonly flavorId: string;
  /** Null when there is no such flavor, or its record can't be read. */
  readonly flavor: Flavor | null;
  readonly links: readonly GuestLink[];
}

/** The guests that a hypervisor's links lead to, by flavor: the flavor with the most guests first. */
export const flavorUses = oncePerLoad({ compute: readUses });

function readUses(reader: LoadReader, hypervisor: DirectoryEntity): MaybePromise<readonly FlavorUse[]> {
  return whenThere(linksToGuests(reader, hypervisor), (links) => {
    const byFlavor = [...groupBy(links, ({ guest }) => guest?.flavorId ?? null)].sort(([, a], [, b]) => b.length - a.length);
    const follow = ([flavorId, ofFlavor]: readonly [string, readonly GuestLink[]]) =>
      whenThere(reader.loaders.FLAVOR.follow(flavorId), (flavor): FlavorUse => ({ flavorId, flavor, links: ofFlavor }));
    return allThere(byFlavor.map(follow));
  });
}
