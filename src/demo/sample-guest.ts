import type { FlavorRecord } from '../store/entities/flavor.ts';
import type { GuestRecord } from '../store/entities/guest.ts';
import type { RecordedGuestState } from '../store/entities/guest-state.ts';
import { macOfGuestId } from '../store/values/mac-address.ts';
import { flavors, networks, roles, type SampleNetwork } from './catalog.ts';
import { openRandom, type Random, sampleId } from './random.ts';
import type { SampleHypervisor } from './sample-hypervisor.ts';
import type { SampleSubnet } from './sample-subnet.ts';

export interface SampleGuest {
  readonly record: GuestRecord;
  readonly isPlaced: boolean;
  /** Null when nobody has observed one. */
  readonly state: ObservedState | null;
  /** Of its latest jobs, oldest first. */
  readonly jobs: readonly SampleJob[];
}

export interface ObservedState {
  readonly state: RecordedGuestState;
  /** The agent's own word; null when it did not come from an agent. */
  readonly reported: string | null;
  /** With UNKNOWN: what it was before. */
  readonly before?: RecordedGuestState;
}

export interface SampleJob {
  readonly id: string;
  readonly action: string;
  readonly error: string | null;
}

const running = { state: 'RUNNING', reported: 'running' } as const;
const stopped = { state: 'STOPPED', reported: 'shutoff' } as const;
const suspended = { state: 'SUSPENDED', reported: 'paused' } as const;
const failed = { state: 'ERROR', reported: 'crashed' } as const;

/** In turn, so that even a small cluster has some of each. */
const states: readonly (ObservedState | null)[] = [
  ...[running, running, running, stopped, running, running, suspended, running, running, running],
  ...[running, failed, running, running, running, stopped, running, running, null, running],
];

/** One in so many guests is not placed yet. */
const unplacedEvery = 12;

/** Hypervisors that are tried for a guest; it stays unplaced when it fits on none of them. */
const placementAttempts = 32;

/** Makes the nth guest, and places it where there is room. */
export function planGuest(index: number, hypervisorsOf: (network: SampleNetwork) => readonly SampleHypervisor[]): SampleGuest {
  const random = openRandom(index);
  const id = sampleId('guest', index);
  const network = random.weighted(networks.map((known) => [known.share, known] as const));
  const flavor = random.weighted(flavors);
  const role = random.weighted(roles);
  const isWaiting = index % unplacedEvery === unplacedEvery - 1;
  const place = isWaiting ? null : findPlace({ candidates: hypervisorsOf(network), network, flavor, random });
  place?.hypervisor.place(id, flavor);
  const state = place === null ? null : (states[index % states.length] ?? null);
  return {
    isPlaced: place !== null,
    state: place?.hypervisor.isAlive === false ? lostIn(state) : state,
    jobs: place === null ? [] : jobsOf(id, state, random),
    record: {
      id,
      metadata: { name: `${role.name}-${String(index + 1).padStart(3, '0')}`, role: role.name, environment: network.name },
      type: role.name === 'sandbox' ? 'container' : 'kvm',
      flavorId: flavor.id,
      networkId: network.id,
      hypervisorId: place?.hypervisor.id ?? null,
      subnetId: place?.subnet.record.id ?? null,
      firewallGroupId: role.firewallGroupId,
      vlanGroupId: network.vlanGroupId,
      mac: macOfGuestId(id),
      ip: place?.ip ?? null,
      bridge: place?.subnet.bridge ?? null,
    },
  };
}

/** Of a guest whose hypervisor is dead, as gateways write it. */
function lostIn(state: ObservedState | null): ObservedState {
  return { state: 'UNKNOWN', reported: null, ...(state === null ? {} : { before: state.state }) };
}

interface Place {
  readonly hypervisor: SampleHypervisor;
  readonly subnet: SampleSubnet;
  readonly ip: string;
}

interface PlaceSearch {
  readonly candidates: readonly SampleHypervisor[];
  readonly network: SampleNetwork;
  readonly flavor: FlavorRecord;
  readonly random: Random;
}

function findPlace({ candidates, network, flavor, random }: PlaceSearch): Place | null {
  const start = random.below(candidates.length);
  for (let attempt = 0; attempt < Math.min(placementAttempts, candidates.length); attempt++) {
    const hypervisor = candidates[(start + attempt) % candidates.length];
    if (hypervisor?.hasRoomFor(flavor) !== true) continue;
    const subnets = hypervisor.subnets.filter(({ record }) => record.networkId === network.id);
    const first = random.below(subnets.length);
    for (const subnet of [...subnets.slice(first), ...subnets.slice(0, first)]) {
      const ip = subnet.takeAddress();
      if (ip !== null) return { hypervisor, subnet, ip };
    }
  }
  return null;
}

/** Every third placed guest's creation is still remembered, and each failure. */
function jobsOf(guestId: string, state: ObservedState | null, random: Random): SampleJob[] {
  const job = (action: string, error: string | null = null): SampleJob => ({
    id: sampleId(`job ${action}`, guestId),
    action,
    error,
  });
  if (state?.state === 'ERROR') return [job('create'), job('start', 'agent: qemu exited with status 1: out of memory')];
  if (random.below(3) > 0) return [];
  return state?.state === 'STOPPED' ? [job('create'), job('shutdown')] : [job('create')];
}
