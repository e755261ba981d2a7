import type { Context } from '../../context.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import { subkeys } from '../../store/keys.ts';
import { allThere, whenThere } from '../../store/maybe-promise.ts';
import { prefixRange } from '../../store/range.ts';
import type { Compare } from '../../store/store.ts';
import { isNotNewer, isStill, isUnchanged } from '../commit/index.ts';
import { type FlavorUse, flavorUses } from '../guest-flavor.ts';
import { type GuestLink, linksToGuests } from '../guest-link.ts';

/** Of the flavors of a hypervisor's guests, those with the most guests there. Clusters have a handful. */
const guardedFlavors = 40;
/** Of the links that lead to no guest, the newest: those whose guest may still be on its way. */
const guardedGuests = 30;

/**
 * Hold while the hypervisor's guests have what they had. The links alone can't say that, since what a guest has stands in its flavor:
 *
 * - A guest that comes, whoever brings it, puts a new link. That is the guard that counts, and the only one without a bound.
 * - A flavor that grows makes each of its guests larger. Gateways refuse to change one that a placed guest has; other tools don't, so
 *   the flavors are compared, also that one that was missing still is.
 * - A tool that writes the link first and the guest's record behind it brings a guest that counts nothing until then. So it is
 *   compared that such records are still absent.
 *
 * Not seen are what goes beyond these bounds, and a tool that gives another flavor to one guest that is placed already: a transaction
 * has no room to compare each guest of a full hypervisor.
 */
export async function isStillCommitted(context: Context, hypervisor: Hypervisor): Promise<Compare[]> {
  const [revision, links] = await Promise.all([context.snapshot.revision(), linksToGuests(context, hypervisor)]);
  const linkRange = prefixRange(hypervisor.directory + subkeys.guests);
  const uses = await flavorUses(context, hypervisor);
  const compares = await Promise.all([areFlavorsUnchanged(context, uses), areMissingGuestsUnchanged(context, links)]);
  return [isNotNewer(linkRange, revision), ...compares.flat()];
}

async function areFlavorsUnchanged(context: Context, uses: readonly FlavorUse[]): Promise<readonly Compare[]> {
  return allThere(
    uses.slice(0, guardedFlavors).map(({ flavorId, flavor }) => {
      if (flavor !== null) return isUnchanged(flavor);
      const key = context.keys.record('FLAVOR', flavorId);
      return whenThere(context.snapshot.get(key), (stored) => isStill(key, stored));
    }),
  );
}

async function areMissingGuestsUnchanged(context: Context, links: readonly GuestLink[]): Promise<Compare[]> {
  const missing = await Promise.all(
    links
      .filter(({ guest }) => guest === null)
      .map(async ({ key, guestId }) => {
        const record = context.keys.record('GUEST', guestId);
        const [link, stored] = await Promise.all([context.snapshot.get(key), context.snapshot.get(record)]);
        return { linkRevision: link?.modRevision ?? 0, compare: isStill(record, stored) };
      }),
  );
  return missing
    .sort((a, b) => b.linkRevision - a.linkRevision)
    .slice(0, guardedGuests)
    .map(({ compare }) => compare);
}
