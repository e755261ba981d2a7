import type { Context } from '../../context.ts';
import type { Guest } from '../../store/entities/guest.ts';
import { subkeys } from '../../store/keys.ts';
import type { Compare, KeyValue, Write } from '../../store/store.ts';
import { canonicalUuid } from '../../store/values/uuid.ts';
import { findAddressKey, holderOf } from '../address-key.ts';
import { type DirectoryOwner, listBelow } from '../below.ts';
import { isStill, remove } from '../commit/index.ts';
import type { GuestKeys } from '../guest-keys.ts';
import { decodeReservation } from '../reservation.ts';
import { directoryOf } from '../stored-directory.ts';

/** Spellings of one guest's link that one commit removes: more would be found as stale links afterwards. */
const spellingsAtOnce = 30;

/** The links to a guest in the directory of its hypervisor, in any spelling. There should be one. */
export async function linksTo(context: Context, hypervisor: DirectoryOwner, guestId: string): Promise<readonly KeyValue[]> {
  const links = await listBelow(context, hypervisor, subkeys.guests);
  const own = links.filter(({ name }) => canonicalUuid(name) === guestId);
  return own.slice(0, spellingsAtOnce).map(({ entry }) => entry);
}

/** The key of the address that the guest's record names; null when it names none, or one that is free or another's. */
export async function addressOfRecord(context: Context, { id, subnetId, ip }: Guest): Promise<KeyValue | null> {
  return subnetId === null || ip === null ? null : addressHeldBy(context, id, { subnetId, ip });
}

/** The same of the address that its reservation names, also where that is void since its subnet has no record. */
export async function addressOfReservation(
  context: Context,
  guestId: string,
  { reservation }: Pick<GuestKeys, 'reservation'>,
): Promise<KeyValue | null> {
  const reserved = reservation === null ? null : decodeReservation(reservation);
  return reserved === null ? null : addressHeldBy(context, guestId, reserved);
}

/** Both, each key once: what is reserved stays the guest's when it is unplaced, whatever its record names. */
export interface HeldAddresses {
  readonly placed: KeyValue | null;
  readonly reserved: KeyValue | null;
}

export async function addressesOf(context: Context, guest: Guest, keys: GuestKeys): Promise<HeldAddresses> {
  const [named, reserved] = await Promise.all([addressOfRecord(context, guest), addressOfReservation(context, guest.id, keys)]);
  return { placed: named?.key === reserved?.key ? null : named, reserved };
}

interface NamedAddress {
  readonly subnetId: string;
  readonly ip: string;
}

async function addressHeldBy(context: Context, guestId: string, { subnetId, ip }: NamedAddress): Promise<KeyValue | null> {
  const address = await findAddressKey(context, await directoryOf(context, 'SUBNET', subnetId), ip);
  return address !== null && holderOf(address) === guestId ? address : null;
}

/** What a decision takes away, and what must hold for that. */
export interface Removal {
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
}

/** Each key goes as it was read. */
export function removalOf(entries: readonly (KeyValue | null)[]): Removal {
  const present = entries.filter((entry) => entry !== null);
  return {
    compares: present.map((entry) => isStill(entry.key, entry)),
    writes: present.map(({ key }) => remove(key)),
  };
}
