import type { Context } from '../context.ts';
import type { DirectoryEntity } from '../store/entities/entity.ts';
import type { Guest } from '../store/entities/guest.ts';
import { subkeys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { listBelow } from './below.ts';
import { oncePerOperation } from './operation-memo.ts';

/** `hypervisors/<id>/guests/<guest id>`: what placement goes by. */
export interface GuestLink {
  readonly key: Key;
  readonly guestId: string;
  /** Null when there is no such guest, or its record can't be read. */
  readonly guest: Guest | null;
}

const linksByHypervisor = oncePerOperation(() => new WeakMap<DirectoryEntity, Promise<readonly GuestLink[]>>());

export function linksToGuests(context: Context, hypervisor: DirectoryEntity): Promise<readonly GuestLink[]> {
  const known = linksByHypervisor(context);
  const links = known.get(hypervisor) ?? readLinks(context, hypervisor);
  known.set(hypervisor, links);
  return links;
}

async function readLinks(context: Context, hypervisor: DirectoryEntity): Promise<readonly GuestLink[]> {
  const keys = new Map<string, Key>();
  for (const { name, entry } of await listBelow(context, hypervisor, subkeys.guests)) {
    const id = canonicalUuid(name);
    // Another spelling of a link that is there already is the same link; a name that is no UUID is somebody else's key.
    if (id !== null) keys.set(id, entry.key);
  }
  return Promise.all([...keys].map(async ([id, key]) => ({ key, guestId: id, guest: await context.loaders.GUEST.follow(id) })));
}

/** The guests that a hypervisor's link keys lead to. */
export async function linkedGuests(context: Context, hypervisor: DirectoryEntity): Promise<readonly Guest[]> {
  const links = await linksToGuests(context, hypervisor);
  return links.map(({ guest }) => guest).filter((guest) => guest !== null);
}
