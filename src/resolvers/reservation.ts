import type { Context } from '../context.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import type { KeyValue } from '../store/store.ts';
import { canonicalIPAddress } from '../store/values/ip-address.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { findAddressKey, holderOf } from './address-key.ts';
import { textOfValue } from './below.ts';
import { getGuestKeys } from './guest-keys.ts';

/** An address that is held for a guest while it is unplaced: placing it takes this subnet and this address. */
export interface Reservation {
  readonly subnet: Subnet;
  /** In canonical form. */
  readonly ip: string;
  /** The address's key, which names the guest. Another tool may have spelled the address otherwise. */
  readonly address: KeyValue;
}

/**
 * What `guests/<id>/reservation`, which says `<subnet id>/<ip>`, stands for. Null when there is none, and when it is void: its
 * subnet is gone, or the address is not, or no longer, held by this guest. Fails with BROKEN_RECORD when the subnet can't be read.
 */
export async function getReservation(context: Context, guest: Guest): Promise<Reservation | null> {
  const { reservation } = await getGuestKeys(context, guest);
  const reserved = reservation === null ? null : decodeReservation(reservation);
  if (reserved === null) return null;
  const subnet = await context.loaders.SUBNET.get(reserved.subnetId);
  if (subnet === null) return null;
  const { ip } = reserved;
  const address = await findAddressKey(context, subnet, ip);
  return address !== null && holderOf(address) === guest.id ? { subnet, ip, address } : null;
}

/** What a `reservation` key names; null when that can't be an address of a subnet. */
export function decodeReservation(entry: KeyValue): { readonly subnetId: string; readonly ip: string } | null {
  const [subnetText = '', ipText = ''] = textOfValue(entry).split('/');
  const subnetId = canonicalUuid(subnetText);
  const ip = canonicalIPAddress(ipText);
  return subnetId === null || ip === null ? null : { subnetId, ip };
}

export function encodeReservation(subnetId: string, ip: string): string {
  return `${subnetId}/${ip}`;
}
