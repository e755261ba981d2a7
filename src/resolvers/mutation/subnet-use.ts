import type { Context } from '../../context.ts';
import type { DirectoryEntity } from '../../store/entities/entity.ts';
import { subkeys } from '../../store/keys.ts';
import { prefixRange } from '../../store/range.ts';
import type { Compare } from '../../store/store.ts';
import { holderOf } from '../address-key.ts';
import { listBelow } from '../below.ts';
import { isNotNewer, isStill, recordKey } from '../commit/index.ts';
import { guestsBy } from '../guest-index.ts';
import { type GuestLink, linksToGuests } from '../guest-link.ts';
import { directoryOf } from '../stored-directory.ts';
import { idsOf, requireUnused } from './in-use.ts';

/** Of the linked guests whose record does not say where they are, the newest: those that may still be on their way. */
const guardedGuests = 30;

/**
 * No guest of the hypervisor has an address of the subnet, now or at the commit. Answers what must hold for that.
 *
 * A guest comes to a hypervisor by its link, also when the Go tools place it; a placement of a gateway that is under way compares
 * the subnet's link, which is changed by whoever asks for this. What the link leads to may not say what the guest has: the Go tools
 * write its record last, and another's may be broken. Then whoever holds an address of the subnet is taken to use it there, and it
 * must stay as it is that those who hold none have no record that says otherwise.
 */
export async function requireNoGuest(context: Context, hypervisor: DirectoryEntity, subnetId: string): Promise<Compare[]> {
  const [links, named] = await Promise.all([
    linksToGuests(context, hypervisor),
    guestsBy(context, 'hypervisorId', hypervisor.id),
  ]);
  const known = [...links.flatMap(({ guest }) => guest ?? []), ...named].filter((guest) => guest.subnetId === subnetId);
  const unknown = links.filter(({ guest }) => guest === null || guest.hypervisorId === null);
  const holders = unknown.length === 0 ? noHolders : await holdersOf(context, subnetId);
  const holding = unknown.filter(({ guestId }) => holders.has(guestId)).map(({ guestId }) => guestId);
  requireUnused(`The subnet ${subnetId} is used on the hypervisor ${hypervisor.id}`, [...idsOf(known), ...holding]);
  const linkRange = prefixRange(hypervisor.directory + subkeys.guests);
  return [isNotNewer(linkRange, await context.snapshot.revision()), ...(await areUnchanged(context, unknown, subnetId))];
}

const noHolders: ReadonlySet<string | null> = new Set();

/** Also of a subnet whose record is gone. */
async function holdersOf(context: Context, subnetId: string): Promise<ReadonlySet<string | null>> {
  const addresses = await listBelow(context, await directoryOf(context, 'SUBNET', subnetId), subkeys.addresses);
  return new Set(addresses.map(({ entry }) => holderOf(entry)));
}

/** They get no record and no address. */
async function areUnchanged(context: Context, links: readonly GuestLink[], subnetId: string): Promise<Compare[]> {
  if (links.length === 0) return [];
  const subnet = await directoryOf(context, 'SUBNET', subnetId);
  const newAddresses = isNotNewer(prefixRange(subnet.directory + subkeys.addresses), await context.snapshot.revision());
  const dated = await Promise.all(
    links.map(async ({ key, guestId }) => {
      const [link, guest] = await Promise.all([context.snapshot.get(key), directoryOf(context, 'GUEST', guestId)]);
      return { linkRevision: link?.modRevision ?? 0, compare: isStill(recordKey(guest), guest.record) };
    }),
  );
  const newest = dated.sort((a, b) => b.linkRevision - a.linkRevision).slice(0, guardedGuests);
  return [newAddresses, ...newest.map(({ compare }) => compare)];
}
