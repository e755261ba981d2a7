import type { Context } from '../context.ts';
import { GatewayError } from '../errors.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { subkeys } from '../store/keys.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { type AddressCounts, type AddressSpace, countAddresses, openFreeAddresses } from '../store/values/addressing.ts';
import { compareKey, formatIPAddress, type IPAddress, parseIPAddress } from '../store/values/ip-address.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { findAddressKey } from './address-key.ts';
import { listBelow, textOfValue } from './below.ts';
import { oncePerNode } from './operation-memo.ts';
import type { Ordering } from './ordering.ts';
import { type PageArguments, parsePageSize } from './page-window.ts';
import type { Page } from './pagination.ts';
import { requireNode } from './require.ts';
import { sortedPages } from './sorted-page.ts';

/** `subnets/<id>/addresses/<ip>`: who holds an address. */
export interface Address {
  /** In canonical form. */
  readonly ip: string;
  readonly ownerId: string;
}

export interface HeldAddress extends Address {
  readonly address: IPAddress;
}

const byAddress: Ordering<HeldAddress> = {
  field: 'ADDRESS',
  direction: 'ASC',
  sortKeyOf: ({ address }) => compareKey(address),
  idOf: ({ ip }) => ip,
};

export function listAddresses(context: Context, subnet: Subnet, args: PageArguments): MaybePromise<Page<Address>> {
  return whenThere(addressPages(context, subnet), (page) => page(args));
}

const addressPages = oncePerNode((context, subnet: Subnet) =>
  whenThere(heldAddresses(context, subnet), (held) => sortedPages(held, byAddress)),
);

/** Null when the address is free. `ip` is in canonical form; the key may be in another one. */
export async function getAddress(context: Context, subnet: Subnet, ip: string): Promise<Address | null> {
  const entry = await findAddressKey(context, subnet, ip);
  return entry === null ? null : { ip, ownerId: ownerIdOf(textOfValue(entry)) };
}

/** Fails with NOT_FOUND when the subnet is gone or the address is free. */
export async function requireAddress(context: Context, subnetId: string, ip: string): Promise<Address> {
  const address = await getAddress(context, await requireNode(context.loaders.SUBNET, subnetId), ip);
  if (address === null) throw addressNotFound(subnetId, ip);
  return address;
}

/** An address is no node, and has no kind of its own but in this error. */
export function addressNotFound(subnetId: string, ip: string): GatewayError {
  return new GatewayError('NOT_FOUND', `Nobody holds the address ${ip} of the subnet ${subnetId}`, {
    details: { kind: 'ADDRESS', id: ip },
  });
}

export function ownerOf(context: Context, { ownerId }: Address): MaybePromise<Guest | null> {
  return context.loaders.GUEST.follow(canonicalUuid(ownerId));
}

export function subnetAddressing(context: Context, subnet: Subnet): MaybePromise<AddressCounts> {
  return addressCounts(context, subnet);
}

const addressCounts = oncePerNode((context, subnet: Subnet) => whenThere(addressSpace(context, subnet), countAddresses));

/** The first free addresses, in address order. */
export async function listAvailableAddresses(context: Context, subnet: Subnet, first: number): Promise<readonly string[]> {
  const count = parsePageSize('first', first) ?? 0;
  const firstFree = await freeAddresses(context, subnet);
  return firstFree(count).map(formatIPAddress);
}

const freeAddresses = oncePerNode((context, subnet: Subnet) => whenThere(addressSpace(context, subnet), openFreeAddresses));

export function addressSpace(context: Context, subnet: Subnet): MaybePromise<AddressSpace> {
  return whenThere(heldAddresses(context, subnet), (held) => {
    return { range: subnet.range, gateway: gatewayOf(subnet), held: held.map(({ address }) => address) };
  });
}

export function gatewayOf({ gateway }: Subnet): IPAddress | null {
  return gateway === null ? null : parseIPAddress(gateway);
}

/** All of a subnet, in key order. */
export function heldAddresses(context: Context, subnet: Subnet): MaybePromise<readonly HeldAddress[]> {
  return heldBySubnet(context, subnet);
}

const heldBySubnet = oncePerNode(readHeldAddresses);

/** Each address once; a key whose name is no address is somebody else's. */
function readHeldAddresses(context: Context, subnet: Subnet): MaybePromise<readonly HeldAddress[]> {
  return whenThere(listBelow(context, subnet, subkeys.addresses), (below) => {
    const held = new Map<string, HeldAddress>();
    for (const { name, entry } of below) {
      const address = parseIPAddress(name);
      if (address === null) continue;
      const ip = formatIPAddress(address);
      held.set(ip, { ip, address, ownerId: ownerIdOf(textOfValue(entry)) });
    }
    return [...held.values()];
  });
}

/** A value that is no id stays visible as it is. */
export function ownerIdOf(text: string): string {
  return canonicalUuid(text) ?? text;
}
