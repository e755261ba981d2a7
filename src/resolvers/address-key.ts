import type { Context } from '../context.ts';
import { subkeys } from '../store/keys.ts';
import type { KeyValue } from '../store/store.ts';
import { canonicalIPAddress } from '../store/values/ip-address.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { type DirectoryOwner, getBelow, listBelow, textOfValue } from './below.ts';

/**
 * The key that holds an address, as it is stored: another tool may have spelled the address otherwise. Null when it is free. `ip`
 * is in canonical form; only where that is not found, all addresses of the subnet are read.
 */
export async function findAddressKey(context: Context, subnet: DirectoryOwner, ip: string): Promise<KeyValue | null> {
  const entry = await getBelow(context, subnet, subkeys.addresses + ip);
  if (entry !== null) return entry;
  const held = await listBelow(context, subnet, subkeys.addresses);
  return held.find(({ name }) => canonicalIPAddress(name) === ip)?.entry ?? null;
}

/** The guest that an address's key names; null when it names none. */
export function holderOf(address: KeyValue): string | null {
  return canonicalUuid(textOfValue(address));
}
