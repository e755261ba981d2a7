import { contains } from '../../../src/store/values/cidr.ts';
import { type AddressRange, formatIPAddress, parseIPAddress } from '../../../src/store/values/ip-address.ts';
import { type Below, type Keyspace, type Node, textOf } from './keyspace.ts';

/**
 * Each held address lies in its subnet and belongs to exactly one guest: the one that it names, whose record or reservation names
 * it. So no two guests have one address, since a guest's record must find its own id there (placement.ts).
 */
export function addressViolations(keyspace: Keyspace, foreignGuests: ReadonlySet<string>): string[] {
  return [
    ...keyspace.below('subnets', 'addresses').flatMap((address) => violationsOfAddress(keyspace, address, foreignGuests)),
    ...keyspace.below('guests', 'reservation').flatMap((reservation) => violationsOfReservation(keyspace, reservation)),
    ...keyspace.nodes('subnets').flatMap(violationsOfRange),
  ];
}

function violationsOfAddress(keyspace: Keyspace, address: Below, foreignGuests: ReadonlySet<string>): string[] {
  const { key, id, name, value } = address;
  const subnet = keyspace.node('subnets', id);
  const misplaced = subnet === undefined ? null : whyMisplaced(subnet, name);
  if (misplaced !== null) return [`${key}: ${misplaced}`];
  const guest = keyspace.node('guests', value);
  const isReserved = keyspace.value(`guests/${value}/reservation`) === `${id}/${name}`;
  if (foreignGuests.has(value) && (guest === undefined || textOf(guest, 'hypervisor') === '')) return [];
  if (guest === undefined) return [`${key}: its guest ${value} is not there`];
  if (isReserved || isAt(guest, id, name)) return [];
  return [`${key}: its guest ${value} does not name it`];
}

function isAt(guest: Node, subnet: string, ip: string): boolean {
  return textOf(guest, 'hypervisor') !== '' && textOf(guest, 'subnet') === subnet && textOf(guest, 'ip') === ip;
}

/** Null when the subnet may hand it out. */
function whyMisplaced(subnet: Node, ip: string): string | null {
  const address = parseIPAddress(ip);
  const range = rangeOf(subnet);
  if (address === null || formatIPAddress(address) !== ip) return 'it is no address in canonical form';
  if (range !== null && !contains(range, address)) return `it is not in ${textOf(subnet, 'start')} to ${textOf(subnet, 'end')}`;
  return textOf(subnet, 'gateway') === ip ? 'it is the gateway' : null;
}

function rangeOf(subnet: Node): AddressRange | null {
  const start = parseIPAddress(textOf(subnet, 'start'));
  const end = parseIPAddress(textOf(subnet, 'end'));
  return start === null || end === null ? null : { family: start.family, first: start.number, last: end.number };
}

/** Its address is held by the guest, which is unplaced and in the subnet's network. */
function violationsOfReservation(keyspace: Keyspace, { key, id, value }: Below): string[] {
  const guest = keyspace.node('guests', id);
  if (guest === undefined) return [];
  if (textOf(guest, 'hypervisor') !== '') return [`${key}: its guest is placed`];
  const [subnetId = '', ip = ''] = value.split('/');
  const subnet = keyspace.node('subnets', subnetId);
  if (subnet === undefined) return [`${key}: there is no subnet ${subnetId}`];
  const address = `subnets/${subnetId}/addresses/${ip}`;
  const owner = keyspace.value(address);
  if (owner !== id) return [`${key}: ${address} is ${owner === undefined ? 'not held' : `held by ${owner}`}`];
  return textOf(subnet, 'network') === textOf(guest, 'network') ? [] : [`${key}: its subnet is not in the guest's network`];
}

function violationsOfRange(subnet: Node): string[] {
  const { key, record } = subnet;
  const range = rangeOf(subnet);
  const cidr = rangeOfCIDR(textOf(subnet, 'cidr'));
  if (range === null || cidr === null) return [];
  const isInside = range.first <= range.last && [range.first, range.last].every((number) => contains(cidr, { ...range, number }));
  if (!isInside) return [`${key}: ${record.start} to ${record.end} is no range in ${record.cidr}`];
  const gateway = parseIPAddress(textOf(subnet, 'gateway'));
  return gateway === null || contains(cidr, gateway) ? [] : [`${key}: its gateway is not in ${record.cidr}`];
}

function rangeOfCIDR(text: string): AddressRange | null {
  const [address = '', length = ''] = text.split('/');
  const first = parseIPAddress(address);
  if (first === null) return null;
  const hostBits = BigInt((first.family === 4 ? 32 : 128) - Number(length));
  return { family: first.family, first: first.number, last: first.number + (1n << hostBits) - 1n };
}
