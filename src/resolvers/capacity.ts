import type { Context } from '../context.ts';
import type { DirectoryEntity, Resources } from '../store/entities/entity.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { textFromKey } from '../store/range.ts';
import { type FlavorUse, flavorUses } from './guest-flavor.ts';
import { type GuestLink, linksToGuests } from './guest-link.ts';
import { type LoadReader, oncePerLoad } from './load-memo.ts';
import { freeResourcesOf, noResources, sumOfResources } from './resources.ts';

/** What the flavors of a hypervisor's guests add up to. Its link keys say which guests it has, as for placement. */
export const committedResources = oncePerLoad({ compute: sumOfGuests });

export function freeResources(context: Context, hypervisor: Hypervisor): MaybePromise<Resources> {
  return whenThere(committedResources(context, hypervisor), (committed) => freeResourcesOf(hypervisor, committed));
}

function sumOfGuests(reader: LoadReader, hypervisor: DirectoryEntity): MaybePromise<Resources> {
  return whenThere(linksToGuests(reader, hypervisor), (links) =>
    whenThere(flavorUses(reader, hypervisor), (uses) => {
      warnOfMissing(reader, links, uses);
      return sumOfResources(
        uses.map(({ flavor, links: { length } }) => (flavor === null ? noResources : times(flavor.resources, length))),
      );
    }),
  );
}

function times({ memory, disk, cpu }: Resources, count: number): Resources {
  return { memory: memory * BigInt(count), disk: disk * BigInt(count), cpu: cpu * BigInt(count) };
}

function warnOfMissing({ log }: LoadReader, links: readonly GuestLink[], uses: readonly FlavorUse[]): void {
  const missingFlavors = new Set(uses.filter(({ flavor }) => flavor === null).map(({ flavorId }) => flavorId));
  for (const { key, guest } of links) {
    if (guest !== null && !missingFlavors.has(guest.flavorId)) continue;
    const missing = guest === null ? 'its guest' : `the flavor ${guest.flavorId} of its guest`;
    log.warn({ key: textFromKey(key) }, `A guest link counts nothing as committed: ${missing} is missing or can't be read`);
  }
}
