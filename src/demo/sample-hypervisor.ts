import type { Resources } from '../store/entities/entity.ts';
import type { FlavorRecord } from '../store/entities/flavor.ts';
import type { HypervisorRecord } from '../store/entities/hypervisor.ts';
import { macOfGuestId } from '../store/values/mac-address.ts';
import { openRandom, sampleId } from './random.ts';
import { hypervisorAddress, managementGateway, managementNetmask } from './sample-address.ts';
import type { SampleSubnet } from './sample-subnet.ts';

/** That many addresses are set aside for them. */
export const maxHypervisorCount = 1000;

/** Where these are in the row of hypervisors; a smaller cluster has none. */
const cordonedIndex = 3;
const deadIndex = 4;

/** A hypervisor that gives its resources to guests, and never more than it has. */
export interface SampleHypervisor {
  readonly id: string;
  readonly isAlive: boolean;
  readonly subnets: readonly SampleSubnet[];
  readonly guestIds: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  hasRoomFor(flavor: FlavorRecord): boolean;
  place(guestId: string, flavor: FlavorRecord): void;
  /** As it stands after all placements so far. */
  record(): HypervisorRecord;
}

export function hypervisorId(index: number): string {
  return sampleId('hypervisor', index);
}

/** By the ids of all that a sample can have, however many it has. */
export function sampleIndexes(): ReadonlyMap<string, number> {
  return new Map(Array.from({ length: maxHypervisorCount }, (_, index) => [hypervisorId(index), index]));
}

/** Whether the nth one of the sample sends heartbeats. */
export function isAlive(index: number): boolean {
  return index !== deadIndex;
}

interface Model extends Resources {
  readonly name: string;
}

const models: readonly (readonly [weight: number, model: Model])[] = [
  [45, { name: 'R6515', memory: 262_144n, disk: 4_000_000n, cpu: 64n }],
  [40, { name: 'R6525', memory: 524_288n, disk: 8_000_000n, cpu: 128n }],
  [15, { name: 'R7525', memory: 1_048_576n, disk: 16_000_000n, cpu: 128n }],
];

const hypervisorsPerRack = 20;

export function planHypervisors(count: number, subnets: readonly SampleSubnet[]): readonly SampleHypervisor[] {
  return Array.from({ length: count }, (_, index) =>
    planHypervisor(
      index,
      subnets.filter((_subnet, nth) => isAttached(index, nth)),
    ),
  );
}

/** The first one has all subnets; of the others each lacks some, so that placement has something to choose. */
function isAttached(index: number, nthSubnet: number): boolean {
  return index === 0 || nthSubnet < 2 || (index + nthSubnet) % 3 !== 0;
}

function planHypervisor(index: number, subnets: readonly SampleSubnet[]): SampleHypervisor {
  const id = hypervisorId(index);
  const model = openRandom(-1 - index).weighted(models);
  const guestIds: string[] = [];
  let { memory, disk } = model;
  return {
    id,
    isAlive: isAlive(index),
    subnets,
    guestIds,
    config: index === cordonedIndex ? { schedulable: 'false', 'maintenance/reason': 'memory module to be replaced' } : {},
    hasRoomFor: ({ resources }) => resources.memory <= memory && resources.disk <= disk && resources.cpu <= model.cpu,
    place(guestId, { resources }) {
      guestIds.push(guestId);
      memory -= resources.memory;
      disk -= resources.disk;
    },
    record: () => ({
      id,
      metadata: {
        name: `hv-${String(index + 1).padStart(3, '0')}`,
        rack: `r${Math.floor(index / hypervisorsPerRack) + 1}`,
        model: model.name,
      },
      ip: hypervisorAddress(index),
      netmask: managementNetmask,
      gateway: managementGateway,
      mac: macOfGuestId(id),
      totalResources: { memory: model.memory, disk: model.disk, cpu: model.cpu },
      // Cores are shared: only memory and disk are handed out.
      availableResources: { memory, disk, cpu: model.cpu },
    }),
  };
}
