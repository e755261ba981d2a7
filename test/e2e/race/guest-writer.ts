import { randomUUID } from 'node:crypto';
import { pick } from '../../support/random.ts';
import type { Reply } from './ledger.ts';
import {
  createGuest,
  deleteGuest,
  type GuestAnswer,
  heartbeat,
  placeGuest,
  releaseAddress,
  reserveAddress,
  unplaceGuest,
  updateGuest,
} from './operation.ts';
import type { Race, Slot } from './race.ts';
import { changing, flavorIds, hypervisorIds, networks, subnets } from './world.ts';

const strategies = ['RANDOM', 'SPREAD', 'PACK'];

/** What a writer does with a guest that is there, and how often beside the others. */
const deeds: readonly (readonly [weight: number, deed: (race: Race, slot: Slot, random: () => number) => Promise<unknown>])[] = [
  [50, place],
  [14, unplace],
  [13, remove],
  [8, update],
  [6, reserve],
  [4, release],
  [2, beat],
];
const totalWeight = deeds.reduce((sum, [weight]) => sum + weight, 0);

/** Creates, places, unplaces and deletes guests that other writers have their hands on too, until the race is over. */
export async function writeGuests(race: Race, random: () => number): Promise<void> {
  while (!race.isOver()) {
    const slot = pick(race.slots, random);
    if (slot.guestId === null) await create(race, slot, random);
    else await deed(random)(race, slot, random);
  }
}

function deed(random: () => number) {
  let at = random() * totalWeight;
  for (const [weight, one] of deeds) {
    if (at < weight) return one;
    at -= weight;
  }
  return place;
}

async function create({ sender, ledger }: Race, slot: Slot, random: () => number): Promise<void> {
  if (slot.isTaken) return;
  slot.isTaken = true;
  const id = random() < 0.7 ? randomUUID() : null;
  const input = {
    ...(id === null ? {} : { id }),
    flavorId: pick(random() < 0.85 ? flavorIds : changing.flavors, random),
    networkId: slot.networkId,
    ...(random() < 0.3 ? { firewallGroupId: pick(changing.firewallGroups, random) } : {}),
  };
  const reply = await sender.send(createGuest({ input, place: random() < 0.6, strategy: pick(strategies, random) }), random);
  if (reply.outcome === 'done') {
    slot.guestId = reply.answer.guest.id;
    ledger.createdGuests.add(slot.guestId);
    if (id !== null && slot.guestId !== id) ledger.complaints.push(`${id} was created as ${slot.guestId}`);
  }
  slot.isTaken = false;
}

function place({ sender }: Race, { guestId }: Slot, random: () => number): Promise<Reply<GuestAnswer>> {
  const hypervisorId = random() < 0.2 ? pick(hypervisorIds, random) : null;
  const given = hypervisorId === null ? {} : { hypervisorId };
  const dryRun = random() < 0.05;
  return sender.send(placeGuest({ guestId, strategy: pick(strategies, random), dryRun, ...given }), random);
}

function unplace({ sender }: Race, { guestId }: Slot, random: () => number): Promise<Reply<GuestAnswer>> {
  return sender.send(unplaceGuest({ guestId }), random);
}

/** The revision keeps it from a guest that somebody places meanwhile: that one would wait for an agent to delete it. */
async function remove(race: Race, slot: Slot, random: () => number): Promise<void> {
  const { guestId } = slot;
  const { sender, ledger } = race;
  const seen = await sender.ask<GuestAnswer['guest']>(`{ answer: guest(id: "${guestId}") { revision hypervisorId } }`, random);
  let revision = seen?.revision;
  if (seen !== null && seen.hypervisorId !== null) {
    const unplaced = await unplace(race, slot, random);
    revision = unplaced.outcome === 'done' ? unplaced.answer.guest.revision : undefined;
  }
  if (revision === undefined || guestId === null) return;
  const reply = await sender.send(deleteGuest({ id: guestId, ifRevision: revision }), random);
  if (reply.outcome === 'refused') return;
  if (reply.answer.deletedId !== guestId) ledger.complaints.push(`deleteGuest of ${guestId} answered ${reply.answer.deletedId}`);
  ledger.deletedGuests.add(guestId);
  if (slot.guestId === guestId) slot.guestId = null;
}

function update({ sender }: Race, { guestId }: Slot, random: () => number) {
  const flavor = random() < 0.5 ? { flavorId: pick([...flavorIds, ...changing.flavors], random) } : {};
  const group = random() < 0.5 ? { firewallGroupId: random() < 0.3 ? null : pick(changing.firewallGroups, random) } : {};
  const input = { id: guestId, metadata: { note: String(random()) }, ...flavor, ...group };
  return sender.send(updateGuest({ input }), random);
}

async function reserve({ sender }: Race, slot: Slot, random: () => number): Promise<void> {
  const { guestId, networkId } = slot;
  const subnetId = networkId === networks.changing ? pick(changing.subnets, random) : subnetOf(networkId);
  const reply = await sender.send(reserveAddress({ guestId, subnetId }), random);
  if (reply.outcome === 'done') slot.reserved = { subnetId, ip: reply.answer.address.ip };
}

function subnetOf(networkId: string): string {
  return networkId === networks.fewAddresses ? subnets.fewAddresses : subnets.littleMemory;
}

async function release({ sender }: Race, slot: Slot, random: () => number): Promise<void> {
  const { reserved } = slot;
  if (reserved === null) return;
  await sender.send(releaseAddress({ ...reserved }), random);
  slot.reserved = null;
}

function beat({ sender }: Race, _slot: Slot, random: () => number) {
  return sender.send(heartbeat({ hypervisorId: pick(hypervisorIds, random), ttlSeconds: 60 }), random);
}
