import type { Context } from '../context.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { fieldIs, type Given, given, type NameFilter, nameTests, type Test } from './filter.ts';
import { countGuestsBy } from './guest-index.ts';
import { isAlive } from './heartbeat.ts';
import { isSchedulable } from './hypervisor-config.ts';
import { uuidOf } from './id.ts';
import type { ReadingTest, ReadingTests } from './reading-list.ts';
import { attachedSubnetIds } from './subnet-attachment.ts';
import { subnetsOfNetwork } from './subnet-index.ts';

export interface HypervisorFilter extends NameFilter {
  readonly alive?: Given<boolean>;
  readonly schedulable?: Given<boolean>;
  readonly hasGuests?: Given<boolean>;
  readonly ip?: Given<string>;
  readonly mac?: Given<string>;
  readonly subnetId?: Given<string>;
  readonly networkId?: Given<string>;
}

/** There when all was read that they need of other kinds, so that these reads travel beside that of the hypervisors. */
export function hypervisorTests(context: Context, filter: Given<HypervisorFilter>): MaybePromise<ReadingTests<Hypervisor>> {
  const criteria = recordTests(filter).map((passes) => ({ passes }));
  const tests = allThere<readonly ReadingTest<Hypervisor>[]>([
    whereAnswer(filter?.alive, (hypervisor) => isAlive(context, hypervisor)),
    whereAnswer(filter?.schedulable, (hypervisor) => isSchedulable(context, hypervisor)),
    whereAttachedTo(context, filter?.subnetId),
    whereAttachedToNetwork(context, filter?.networkId),
    // Last: what the others throw at once must leave no read to nobody.
    whereHasGuests(context, filter?.hasGuests),
  ]);
  return whenThere(tests, (reading) => ({ criteria, reading: reading.flat() }));
}

function recordTests(filter: Given<HypervisorFilter>): Test<Hypervisor>[] {
  return [...nameTests(filter), ...given(filter?.ip, fieldIs('ip')), ...given(filter?.mac, fieldIs('mac'))];
}

function whereAnswer(wanted: Given<boolean>, ask: ReadingTest<Hypervisor>): ReadingTest<Hypervisor>[] {
  if (wanted === null || wanted === undefined) return [];
  return [(hypervisor) => whenThere(ask(hypervisor), (answer) => answer === wanted)];
}

/** As all filters, this one follows the guests' records, not the hypervisor's links. */
function whereHasGuests(context: Context, wanted: Given<boolean>): MaybePromise<ReadingTest<Hypervisor>[]> {
  if (wanted === null || wanted === undefined) return [];
  return whenThere(countGuestsBy(context, 'hypervisorId'), (counts) => [({ id }) => (counts.get(id) ?? 0) > 0 === wanted]);
}

function whereAttachedTo(context: Context, subnet: Given<string>): ReadingTest<Hypervisor>[] {
  if (subnet === null || subnet === undefined) return [];
  const subnetId = uuidOf('subnetId', subnet);
  return [(hypervisor) => whenThere(attachedSubnetIds(context, hypervisor), (ids) => ids.includes(subnetId))];
}

function whereAttachedToNetwork(context: Context, network: Given<string>): MaybePromise<ReadingTest<Hypervisor>[]> {
  if (network === null || network === undefined) return [];
  return whenThere(subnetsOfNetwork(context, uuidOf('networkId', network)), (subnets) => {
    const subnetIds = new Set(Array.from(subnets, ({ id }) => id));
    return [(hypervisor) => whenThere(attachedSubnetIds(context, hypervisor), (ids) => ids.some((id) => subnetIds.has(id)))];
  });
}
