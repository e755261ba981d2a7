import type { Resources } from '../../store/entities/entity.ts';

/** What a hypervisor must pass to get a guest, in this order. */
export const placementFilters = ['ALIVE', 'SCHEDULABLE', 'SUBNET', 'ADDRESS', 'MEMORY', 'DISK', 'CPU'] as const;
export type PlacementFilter = (typeof placementFilters)[number];

/** Why a hypervisor can't get the guest. */
export interface PlacementReason {
  readonly filter: PlacementFilter;
  /** Goes on after "the hypervisor". */
  readonly message: string;
  readonly needed: bigint | null;
  readonly available: bigint | null;
}

/** What the filters ask of a hypervisor. */
export interface PlacementFacts {
  readonly isAlive: boolean;
  readonly isSchedulable: boolean;
  /** Its subnets that the guest may be in. */
  readonly subnetCount: number;
  /** Those of them with an address for it. */
  readonly openSubnetCount: number;
  readonly total: Resources;
  readonly free: Resources;
}

export interface PlacementNeeds {
  readonly resources: Resources;
  /** An address that is reserved for the guest: it gets this one, or none. */
  readonly reserved: { readonly subnetId: string; readonly ip: string } | null;
}

/** Every filter that the hypervisor fails, in their order; none when it can get the guest. */
export function reasonsAgainst(facts: PlacementFacts, needs: PlacementNeeds): PlacementReason[] {
  const { isAlive, isSchedulable, subnetCount, openSubnetCount } = facts;
  const reasons: PlacementReason[] = [];
  if (!isAlive) reasons.push(refusal('ALIVE', 'is not alive: its heartbeat is missing'));
  if (!isSchedulable) reasons.push(refusal('SCHEDULABLE', 'is cordoned'));
  if (subnetCount === 0) reasons.push(refusal('SUBNET', withoutSubnet(needs)));
  else if (openSubnetCount === 0) {
    reasons.push({ filter: 'ADDRESS', message: withoutAddress(subnetCount, needs), needed: 1n, available: 0n });
  }
  for (const { filter, field, unit, unitOfRest } of capacities) {
    const needed = needs.resources[field];
    const available = facts.free[field];
    if (needed <= available) continue;
    const message = `needs ${needed} ${unit}, has ${available} of ${facts.total[field]}${unitOfRest} free`;
    reasons.push({ filter, message, needed, available });
  }
  return reasons;
}

const capacities = [
  { filter: 'MEMORY', field: 'memory', unit: 'MB of memory', unitOfRest: ' MB' },
  { filter: 'DISK', field: 'disk', unit: 'MB of disk', unitOfRest: ' MB' },
  { filter: 'CPU', field: 'cpu', unit: 'virtual CPUs', unitOfRest: '' },
] as const;

function refusal(filter: PlacementFilter, message: string): PlacementReason {
  return { filter, message, needed: null, available: null };
}

function withoutSubnet({ reserved }: PlacementNeeds): string {
  if (reserved === null) return "has no subnet of the guest's network";
  return `does not have the subnet ${reserved.subnetId} of the guest's network, of which ${reserved.ip} is reserved for it`;
}

function withoutAddress(subnetCount: number, { reserved }: PlacementNeeds): string {
  if (reserved !== null) {
    return `can't give the guest ${reserved.ip}, which is reserved for it: that is outside of the range of its subnet, or its gateway`;
  }
  return subnetCount === 1
    ? "has one subnet of the guest's network, which has no free address"
    : `has ${subnetCount} subnets of the guest's network, none of which has a free address`;
}

export type RejectedCounts = Readonly<Partial<Record<PlacementFilter, number>>>;

/** How often each filter is among the reasons, in the order of the filters; zeros left out. */
export function rejectedCounts(reasons: Iterable<PlacementReason>): RejectedCounts {
  const counts = new Map<PlacementFilter, number>();
  for (const { filter } of reasons) counts.set(filter, (counts.get(filter) ?? 0) + 1);
  return Object.fromEntries(placementFilters.flatMap((filter) => (counts.has(filter) ? [[filter, counts.get(filter)]] : [])));
}
