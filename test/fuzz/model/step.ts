import fc from 'fast-check';
import { argumentsOf, mostly, pools } from './argument.ts';
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

/** What others do between the mutations: a hypervisor falls silent, or a job is done and its guest runs. */
export interface Event {
  readonly event: 'silence' | 'done';
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

export type Step = Operation | Event | Batch | Overtaken;

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

const event: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ event: fc.constant('silence' as const), id: fc.constantFrom(...pools.hypervisors) }),
  fc.record({ event: fc.constant('done' as const), id: fc.constantFrom(...pools.guests) }),
);
export const step: fc.Arbitrary<Step> = fc.oneof({ weight: 12, arbitrary: anyOperation }, { weight: 1, arbitrary: event });

/** Kinds of which a batch is about one node alone, and which one: so its mutations meet. */
const hot = fc.record({ folders: fc.subarray(Object.keys(pools)), index: fc.nat({ max: 2 }) });
/** Mutations of one theme, some of them about the same nodes. */
function related(limits: fc.ArrayConstraints): fc.Arbitrary<readonly Operation[]> {
  const ofThemes = themes.map((theme) => fc.array(fc.oneof(...theme.map((field) => choiceOf(field).arbitrary)), limits));
  return fc.tuple(fc.oneof(...ofThemes), hot).map(([operations, { folders, index }]) => {
    const hotPools = Object.entries(pools).flatMap(([folder, ids]) => (folders.includes(folder) ? [ids] : []));
    const hotOf = (value: unknown) => hotPools.find((ids) => ids.some((id) => id === value))?.[index] ?? value;
    return operations.map((one) => withIds(one, hotOf));
  });
}

function withIds(operation: Operation, idOf: (value: unknown) => unknown): Operation {
  return { ...operation, args: JSON.parse(JSON.stringify(operation.args), (_name, value) => idOf(value)) };
}

export const batch: fc.Arbitrary<Step> = related({ minLength: 2, maxLength: 5 }).map((operations) => ({ batch: operations }));
export const overtaken: fc.Arbitrary<Step> = related({ minLength: 2, maxLength: 3 }).map(([first, ...by]) => {
  if (first === undefined) throw new RangeError('There is no operation');
  return { overtaken: first, by };
});
