import type { Context } from '../context.ts';
import { subkeys } from '../store/keys.ts';
import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import type { KeyValue } from '../store/store.ts';
import { canonicalIPAddress } from '../store/values/ip-address.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { type Below, type DirectoryOwner, getBelow, listBelow, textOfValue } from './below.ts';
import { oncePerNode } from './operation-memo.ts';

/**
 * The key that holds an address, as it is stored: another tool may have spelled the address otherwise. Null when it is free. `ip`
 * is in canonical form; only where that is not found, those are read that may be another spelling of it: of IPv6 all of the subnet.
 */
export async function findAddressKey(context: Context, subnet: DirectoryOwner, ip: string): Promise<KeyValue | null> {
  const entry = await getBelow(context, subnet, subkeys.addresses + ip);
  if (entry !== null) return entry;
  const others = await (ip.includes(':') ? spelledOtherwise(context, subnet) : mappedIPv4(context, subnet));
  return others.get(ip) ?? null;
}

/** How the keys begin that spell an address of IPv4 as one of IPv6, such as `::ffff:10.0.0.1`, and hardly any others. */
const mappedSpellings = [':', '0'];

/** All keys that may spell an address of IPv4 otherwise: there they are few, and lie together. */
export function listMappedSpellings(context: Context, subnet: DirectoryOwner): MaybePromise<readonly Below[]> {
  const found = allThere(mappedSpellings.map((start) => listBelow(context, subnet, subkeys.addresses + start)));
  return whenThere(found, (lists) =>
    lists.flatMap((list, index) => list.map(({ name, entry }) => ({ name: `${mappedSpellings[index]}${name}`, entry }))),
  );
}

const mappedIPv4 = oncePerNode((context, subnet: DirectoryOwner) =>
  whenThere(listMappedSpellings(context, subnet), byOtherSpelling),
);

const spelledOtherwise = oncePerNode((context, subnet: DirectoryOwner) =>
  whenThere(listBelow(context, subnet, subkeys.addresses), byOtherSpelling),
);

/** Those in another spelling by the canonical one; of several the first. */
function byOtherSpelling(held: readonly Below[]): ReadonlyMap<string, KeyValue> {
  const keys = new Map<string, KeyValue>();
  for (const { name, entry } of held) {
    const ip = canonicalIPAddress(name);
    if (ip !== null && ip !== name && !keys.has(ip)) keys.set(ip, entry);
  }
  return keys;
}

/** The guest that an address's key names; null when it names none. */
export function holderOf(address: KeyValue): string | null {
  return canonicalUuid(textOfValue(address));
}
