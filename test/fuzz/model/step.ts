import fc from 'fast-check';
import { argumentsOf, mostly, placedGuest, pools } from './argument.ts';
import type { Operation } from './operation.ts';

interface Choice {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Operation>;
}

function choiceOf(field: string): Choice {
  const [weight, args] = argumentsOf[field] ?? [];
  if (weight === undefined || args === undefined) throw new Error(`There are no arguments for ${field}`);
  const isRepeated = mostly(fc.constant(false), fc.constant(true));
  const arbitrary = fc.record({ field: fc.constant(field), args, isRepeated });
  // What a dry run answered is not kept.
  return { weight, arbitrary: arbitrary.map((one) => (one.args.dryRun === true ? { ...one, isRepeated: false } : one)) };
}

const fields = Object.keys(argumentsOf);
const anyOperation = fc.oneof(...fields.map(choiceOf));

/** What others do between the mutations: a hypervisor falls silent. */
export interface Silence {
  readonly event: 'silence';
  readonly id: string;
}

/** The next job of a guest is done, or fails; where it is to create the guest, before its image was fetched or behind that. */
export interface LifeEvent {
  readonly event: 'done' | 'unfetched' | 'failed';
  readonly id: string;
}

/** Operations that are sent together. */
export interface Batch {
  readonly batch: readonly Operation[];
}

/** An operation, and others each of which is done right before one of its attempts to commit, after all that it read for that. */
export interface Overtaken {
  readonly overtaken: Operation;
  readonly by: readonly Operation[];
}

export type Step = Operation | Silence | LifeEvent | Batch | Overtaken;

/** Mutations that are in each other's way. What is sent together is of one of these, or any. */
const themes: readonly (readonly string[])[] = [
  fields,
  ['createGuest', 'placeGuest', 'unplaceGuest', 'deleteGuest', 'reserveAddress', 'releaseAddress', 'updateGuest'],
  ['createGuest', 'placeGuest'],
  ['placeGuest', 'reserveAddress', 'releaseAddress'],
  ['placeGuest', 'updateSubnet'],
  ['placeGuest', 'attachSubnet', 'detachSubnet'],
  ['placeGuest', 'setSchedulable', 'updateHypervisor', 'heartbeat', 'setHypervisorConfig'],
  ['placeGuest', 'createGuest', 'updateGuest', 'updateFlavor'],
  ['createGuest', 'updateGuest', 'deleteFlavor', 'createFlavor'],
  ['createGuest', 'createSubnet', 'deleteNetwork'],
  ['createGuest', 'updateGuest', 'deleteFirewallGroup', 'deleteVLANGroup'],
  ['createFirewallGroup', 'updateFirewallGroup', 'deleteFirewallGroup'],
  ['createSubnet', 'addSubnetToNetwork'],
  ['createSubnet', 'addSubnetToNetwork', 'removeSubnetFromNetwork', 'deleteNetwork', 'deleteSubnet', 'createGuest'],
  ['reserveAddress', 'updateSubnet'],
  ['reserveAddress', 'attachSubnet', 'removeSubnetFromNetwork', 'deleteSubnet'],
  ['reserveAddress', 'releaseAddress', 'deleteGuest'],
  ['createHypervisor', 'deleteHypervisor', 'attachSubnet', 'setHypervisorConfig', 'heartbeat'],
  ['createVLAN', 'deleteVLAN', 'addVLANToGroup', 'createVLANGroup'],
  ['deleteVLANGroup', 'addVLANToGroup', 'removeVLANFromGroup'],
];

/** Of mutations that give a guest jobs. All of them are about the guest that is placed from the beginning. */
const lifeThemes: readonly (readonly string[])[] = [
  ['guestAction', 'fetchImage', 'retryJob'],
  ['guestAction', 'retryJob', 'deleteGuest', 'unplaceGuest', 'updateGuest'],
];

const silence: fc.Arbitrary<Step> = fc.record({
  event: fc.constant('silence' as const),
  id: fc.constantFrom(...pools.hypervisors),
});
/** Half of what happens, happens to the first. */
const lifeEvent = lifeEventOf(fc.oneof(fc.constant(pools.guests[0]), fc.constantFrom(...pools.guests)));

function lifeEventOf(id: fc.Arbitrary<string>): fc.Arbitrary<Step> {
  return fc.record({ event: fc.constantFrom('done' as const, 'done' as const, 'unfetched' as const, 'failed' as const), id });
}
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: anyOperation },
  { weight: 1, arbitrary: silence },
  { weight: 4, arbitrary: lifeEvent },
);
/** What the guest that is placed in the small cluster went through: what its jobs are judged against. */
export const lifeBefore: fc.Arbitrary<readonly Step[]> = fc.array(lifeEventOf(fc.constant(placedGuest)), { maxLength: 2 });

/** Kinds of which a batch is about one node alone, and which one: so its mutations meet. */
const hot = fc.record({ folders: fc.subarray(Object.keys(pools)), index: fc.nat({ max: 2 }) });
/** Mutations of one theme, some of them about the same nodes. */
function related(limits: fc.ArrayConstraints): fc.Arbitrary<readonly Operation[]> {
  const of = (theme: readonly string[]) => fc.array(fc.oneof(...theme.map((field) => choiceOf(field).arbitrary)), limits);
  const ofThemes = fc.tuple(fc.oneof(...themes.map(of)), hot).map(([operations, { folders, index }]) => {
    const hotPools = Object.entries(pools).flatMap(([folder, ids]) => (folders.includes(folder) ? [ids] : []));
    const hotOf = (value: unknown) => hotPools.find((ids) => ids.some((id) => id === value))?.[index] ?? value;
    return operations.map((one) => withIds(one, hotOf));
  });
  const isGuest = (value: unknown) => pools.guests.some((id) => id === value);
  const ofLives = fc
    .oneof(...lifeThemes.map(of))
    .map((operations) => operations.map((one) => withIds(one, (value) => (isGuest(value) ? placedGuest : value))));
  return fc.oneof({ weight: 7, arbitrary: ofThemes }, { weight: 1, arbitrary: ofLives });
}

function withIds(operation: Operation, idOf: (value: unknown) => unknown): Operation {
  return { ...operation, args: JSON.parse(JSON.stringify(operation.args), (_name, value) => idOf(value)) };
}

export const batch: fc.Arbitrary<Step> = related({ minLength: 2, maxLength: 5 }).map((operations) => ({ batch: operations }));
export const overtaken: fc.Arbitrary<Step> = related({ minLength: 2, maxLength: 3 }).map(([first, ...by]) => {
  if (first === undefined) throw new RangeError('There is no operation');
  return { overtaken: first, by };
});
