import type { DirectoryEntity } from '../store/entities/entity.ts';
import type { Guest } from '../store/entities/guest.ts';
import { subkeys } from '../store/keys.ts';
import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import type { Key } from '../store/range.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { listBelow } from './below.ts';
import { type LoadReader, oncePerLoad } from './load-memo.ts';
import { groupOfSorted } from './node-group.ts';

/** `hypervisors/<id>/guests/<guest id>`: what placement goes by. */
export interface GuestLink {
  readonly key: Key;
  readonly guestId: string;
  /** Null when there is no such guest, or its record can't be read. */
  readonly guest: Guest | null;
}

/** By key. */
export const linksToGuests = oncePerLoad<readonly GuestLink[]>({ compute: readLinks, update: updateLink });

function readLinks(reader: LoadReader, hypervisor: DirectoryEntity): MaybePromise<readonly GuestLink[]> {
  return whenThere(listBelow(reader, hypervisor, subkeys.guests), (below) => {
    const keys = new Map<string, Key>();
    for (const { name, entry } of below) {
      const id = canonicalUuid(name);
      // Another spelling of a link that is there already is the same link; a name that is no UUID is somebody else's key.
      if (id !== null) keys.set(id, entry.key);
    }
    const byKey = [...keys].sort(([, a], [, b]) => (a < b ? -1 : 1));
    return allThere(byKey.map(([guestId, key]) => followLink(reader, guestId, key)));
  });
}

function followLink({ loaders }: LoadReader, guestId: string, key: Key): MaybePromise<GuestLink> {
  return whenThere(loaders.GUEST.follow(guestId), (guest) => ({ key, guestId, guest }));
}

/** Hypervisors have hundreds of guests, of which one comes or changes at a time. */
function updateLink(
  reader: LoadReader,
  hypervisor: DirectoryEntity,
  { before, guestId }: LinkChange,
): MaybePromise<readonly GuestLink[]> {
  return whenThere(reader.snapshot.catalog(), (catalog) => {
    const start = hypervisor.directory + subkeys.guests;
    const keys = catalog?.linksToGuest(guestId).filter(({ key }) => key.startsWith(start)) ?? [];
    const others = before.filter((link) => link.guestId !== guestId);
    const last = keys.at(-1);
    if (last === undefined) return others;
    return whenThere(followLink(reader, guestId, last.key), (link) => {
      const place = others.findIndex(({ key }) => key > link.key);
      others.splice(place < 0 ? others.length : place, 0, link);
      return others;
    });
  });
}

interface LinkChange {
  readonly before: readonly GuestLink[];
  readonly guestId: string;
}

/** The guests that a hypervisor's link keys lead to. */
export const linkedGuests = oncePerLoad({
  compute: (reader, hypervisor) =>
    whenThere(linksToGuests(reader, hypervisor), (links) =>
      groupOfSorted(links.map(({ guest }) => guest).filter((guest) => guest !== null)),
    ),
});
