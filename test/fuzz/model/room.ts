import type { Json, Model } from './model.ts';

export interface Size {
  readonly memory: number;
  readonly disk: number;
}

/** What the flavors of a hypervisor's guests add up to. */
export function committedBy(model: Model, hypervisorId: string): Size {
  const sum = { memory: 0, disk: 0 };
  for (const [guestId] of model.below(`hypervisors/${hypervisorId}/guests/`)) {
    const { memory, disk } = model.node('flavors', model.node('guests', guestId).flavor);
    sum.memory += memory;
    sum.disk += disk;
  }
  return sum;
}

export function exceeds(size: Size, limit: Size): boolean {
  return size.memory > limit.memory || size.disk > limit.disk;
}

/** Addresses of IPv4 as numbers: the subnets of these tests are small. */
export function numberOf(ip: string): number {
  return ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

export function rangeOfCidr(cidr: string): AddressRange {
  const [ip = '', length = ''] = cidr.split('/');
  const first = numberOf(ip);
  return { first, last: first + 2 ** (32 - Number(length)) - 1 };
}

export function isWithin({ first, last }: AddressRange, ip: string): boolean {
  const number = numberOf(ip);
  return number >= first && number <= last;
}

/** Whether a guest may get the address: it is in the range, no gateway, and nobody holds it. */
export function isFree(model: Model, subnetId: string, ip: string): boolean {
  const { start, end, gateway } = model.node('subnets', subnetId);
  const isInRange = isWithin({ first: numberOf(start), last: numberOf(end) }, ip);
  return isInRange && ip !== gateway && model.value(`subnets/${subnetId}/addresses/${ip}`) === undefined;
}

export function freeAddresses(model: Model, subnetId: string): string[] {
  const { start, end } = model.node('subnets', subnetId);
  const all = Array.from({ length: numberOf(end) - numberOf(start) + 1 }, (_, index) => textOf(numberOf(start) + index));
  return all.filter((ip) => isFree(model, subnetId, ip));
}

export interface Candidate {
  readonly hypervisorId: string;
  readonly freeMemory: number;
  /** Its subnets from which the guest may get an address. */
  readonly subnetIds: readonly string[];
}

export interface Wish {
  readonly flavor: Json;
  readonly networkId: string;
  /** `<subnet>/<ip>` where one is reserved. */
  readonly reservation: string | undefined;
}

/** The hypervisors that can get a guest, by id. */
export function candidatesFor(model: Model, wish: Wish): Candidate[] {
  const candidates = model.nodes('hypervisors').map(({ id }) => candidateOf(model, id, wish));
  return candidates.filter((candidate) => candidate !== null).sort((a, b) => (a.hypervisorId < b.hypervisorId ? -1 : 1));
}

function candidateOf(model: Model, hypervisorId: string, { flavor, networkId, reservation }: Wish): Candidate | null {
  const { total_resources: total, available_resources: available } = model.node('hypervisors', hypervisorId);
  const isAlive = model.value(`hypervisors/${hypervisorId}/heartbeat`) !== undefined;
  const isCordoned = model.value(`hypervisors/${hypervisorId}/config/schedulable`) === 'false';
  const committed = committedBy(model, hypervisorId);
  const free = {
    memory: Math.max(0, Math.min(available.memory, total.memory - committed.memory)),
    disk: Math.max(0, Math.min(available.disk, total.disk - committed.disk)),
  };
  const attached = model.below(`hypervisors/${hypervisorId}/subnets/`).map(([subnetId]) => subnetId);
  const subnetIds = attached.filter((subnetId) => {
    if (model.node('subnets', subnetId).network !== networkId) return false;
    return reservation === undefined ? freeAddresses(model, subnetId).length > 0 : reservation.startsWith(`${subnetId}/`);
  });
  const fits = !exceeds(flavor, free) && flavor.cpu <= available.cpu;
  return isAlive && !isCordoned && fits && subnetIds.length > 0 ? { hypervisorId, freeMemory: free.memory, subnetIds } : null;
}
