import type { Context } from '../context.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { fieldIs, type Given, given, type NameFilter, nameTests, passesAll, type Test } from './filter.ts';
import { isAlive } from './heartbeat.ts';
import { isSchedulable } from './hypervisor-config.ts';
import { uuidOf } from './id.ts';
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

/** A test that may have to read below the hypervisor. */
type AsyncTest = (hypervisor: Hypervisor) => Promise<boolean>;

/** Resolves when all was read that the test needs of other kinds, so that these reads travel beside that of the hypervisors. */
export async function hypervisorTest(context: Context, filter: Given<HypervisorFilter>): Promise<AsyncTest> {
  const passes = passesAll(recordTests(filter));
  const asyncTests = (
    await Promise.all([
      whereAnswer(filter?.alive, (hypervisor) => isAlive(context, hypervisor)),
      whereAnswer(filter?.schedulable, (hypervisor) => isSchedulable(context, hypervisor)),
      whereHasGuests(context, filter?.hasGuests),
      whereAttachedTo(context, filter?.subnetId),
      whereAttachedToNetwork(context, filter?.networkId),
    ])
  ).flat();
  return async (hypervisor) => {
    if (!passes(hypervisor)) return false;
    const results = await Promise.all(asyncTests.map((test) => test(hypervisor)));
    return results.every((result) => result);
  };
}

function recordTests(filter: Given<HypervisorFilter>): Test<Hypervisor>[] {
  return [...nameTests(filter), ...given(filter?.ip, fieldIs('ip')), ...given(filter?.mac, fieldIs('mac'))];
}

function whereAnswer(wanted: Given<boolean>, ask: AsyncTest): AsyncTest[] {
  return wanted === null || wanted === undefined ? [] : [async (hypervisor) => (await ask(hypervisor)) === wanted];
}

/** As all filters, this one follows the guests' records, not the hypervisor's links. */
async function whereHasGuests(context: Context, wanted: Given<boolean>): Promise<AsyncTest[]> {
  if (wanted === null || wanted === undefined) return [];
  const { all } = await context.loaders.GUEST.list();
  const hosts = new Set(all.map(({ hypervisorId }) => hypervisorId));
  return [async ({ id }) => hosts.has(id) === wanted];
}

async function whereAttachedTo(context: Context, subnet: Given<string>): Promise<AsyncTest[]> {
  if (subnet === null || subnet === undefined) return [];
  const subnetId = uuidOf('subnetId', subnet);
  return [async (hypervisor) => (await attachedSubnetIds(context, hypervisor)).includes(subnetId)];
}

async function whereAttachedToNetwork(context: Context, network: Given<string>): Promise<AsyncTest[]> {
  if (network === null || network === undefined) return [];
  const subnets = await subnetsOfNetwork(context, uuidOf('networkId', network));
  const subnetIds = new Set(subnets.map(({ id }) => id));
  return [async (hypervisor) => (await attachedSubnetIds(context, hypervisor)).some((id) => subnetIds.has(id))];
}
