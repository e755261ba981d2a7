import type { Store } from '../../../src/store/store.ts';
import { randomFrom } from '../../support/random.ts';
import { writeGuests } from './guest-writer.ts';
import { writeInventory } from './inventory-writer.ts';
import type { Ledger } from './ledger.ts';
import { heartbeat } from './operation.ts';
import { writePlainly } from './plain-writer.ts';
import type { Sender } from './sender.ts';
import { hypervisorIds, networks } from './world.ts';

/** A guest that somebody wants to be there; which one it is changes. Several writers use it at the same time. */
export interface Slot {
  readonly networkId: string;
  guestId: string | null;
  /** Somebody is about to create its guest. */
  isTaken: boolean;
  reserved: { readonly subnetId: string; readonly ip: string } | null;
}

export interface Race {
  readonly sender: Sender;
  readonly ledger: Ledger;
  readonly slots: readonly Slot[];
  isOver(): boolean;
}

export interface RaceOptions {
  readonly sender: Sender;
  readonly ledger: Ledger;
  /** What the writer that knows nothing of gateways writes to. */
  readonly store: Store;
  /** At least. */
  readonly durationMs: number;
  /** Whether enough was done. On a busy machine it takes longer, up to `longestMs`. */
  readonly isEnough: (ledger: Ledger) => boolean;
  readonly seed: number;
  /** Of guests. Default: 64. */
  readonly writers?: number;
}

const defaultWriters = 64;
const inventoryWriters = 3;
const longestMs = 120_000;

/** How many guests are wanted in each network. */
const wanted: Readonly<Record<string, number>> = {
  [networks.fewAddresses]: 100,
  [networks.littleMemory]: 20,
  [networks.changing]: 8,
};

/** All writers at once, until the time is over and each request is answered. */
export async function runRace(options: RaceOptions): Promise<void> {
  const { sender, ledger, store, durationMs, isEnough, seed, writers = defaultWriters } = options;
  const random = randomFrom(seed);
  for (const hypervisorId of hypervisorIds) await sender.send(heartbeat({ hypervisorId, ttlSeconds: 60 }), random);
  const start = performance.now();
  const passedMs = () => performance.now() - start;
  const slots = Object.entries(wanted).flatMap(([networkId, count]) => Array.from({ length: count }, () => emptySlot(networkId)));
  const race: Race = {
    sender,
    ledger,
    slots,
    isOver: () => passedMs() >= longestMs || (passedMs() >= durationMs && isEnough(ledger)),
  };
  const ownRandom = (index: number) => randomFrom(seed * 1000 + index);
  await Promise.all([
    ...Array.from({ length: writers }, (_, index) => writeGuests(race, ownRandom(index))),
    ...Array.from({ length: inventoryWriters }, (_, index) => writeInventory(race, ownRandom(100 + index))),
    writePlainly(race, store, ownRandom(200)),
  ]);
}

function emptySlot(networkId: string): Slot {
  return { networkId, guestId: null, isTaken: false, reserved: null };
}
