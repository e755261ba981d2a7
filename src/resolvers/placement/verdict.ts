import type { Context } from '../../context.ts';
import type { Resources } from '../../store/entities/entity.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import { subkeys } from '../../store/keys.ts';
import { allThere, bothThere, type MaybePromise, whenThere } from '../../store/maybe-promise.ts';
import type { KeyValue } from '../../store/store.ts';
import { canonicalUuid } from '../../store/values/uuid.ts';
import { type Below, listBelow } from '../below.ts';
import { freeResources } from '../capacity.ts';
import { isAlive } from '../heartbeat.ts';
import { isSchedulable } from '../hypervisor-config.ts';
import { freeResourcesOf, noResources } from '../resources.ts';
import { type PlacementReason, reasonsAgainst } from './filter.ts';
import { getFreeAddress, usableAddress } from './free-address.ts';
import { type NetworkSubnet, needsOf, type PlacementSubject } from './subject.ts';

/** What a hypervisor's own keys say, without its guests. */
export interface Prospect {
  /** Of the hypervisor. */
  readonly id: string;
  readonly hypervisor: Hypervisor;
  readonly isAlive: boolean;
  readonly isSchedulable: boolean;
  /** Its subnets that the guest may be in. */
  readonly attached: readonly AttachedSubnet[];
  /** At most: what its guests have is not taken off. */
  readonly free: Resources;
}

export interface AttachedSubnet extends NetworkSubnet {
  /** The hypervisor's key for the subnet, whose value is its bridge. */
  readonly attachment: KeyValue;
}

/** An address on a hypervisor for the guest. */
export interface Opening extends AttachedSubnet {
  readonly ip: string;
}

export interface Verdict {
  /** Of the hypervisor. */
  readonly id: string;
  readonly hypervisor: Hypervisor;
  readonly free: Resources;
  readonly openings: readonly Opening[];
  /** Every filter that it failed; none when it can get the guest. */
  readonly reasons: readonly PlacementReason[];
}

export function readProspect(context: Context, subject: PlacementSubject, hypervisor: Hypervisor): MaybePromise<Prospect> {
  const answers = bothThere(isAlive(context, hypervisor), () => isSchedulable(context, hypervisor));
  const read = bothThere(answers, () => listBelow(context, hypervisor, subkeys.subnets));
  return whenThere(read, ([[alive, schedulable], links]) => ({
    id: hypervisor.id,
    hypervisor,
    isAlive: alive,
    isSchedulable: schedulable,
    attached: attachedSubnets(subject, links),
    free: freeResourcesOf(hypervisor, noResources),
  }));
}

function attachedSubnets({ subnets }: PlacementSubject, links: readonly Below[]): readonly AttachedSubnet[] {
  const attached = new Map<string, AttachedSubnet>();
  for (const { name, entry } of links) {
    const usable = subnets.get(canonicalUuid(name) ?? '');
    if (usable !== undefined) attached.set(usable.subnet.id, { ...usable, attachment: entry });
  }
  return [...attached.values()];
}

export function readProspects(
  context: Context,
  subject: PlacementSubject,
  hypervisors: readonly Hypervisor[],
): MaybePromise<readonly Prospect[]> {
  return allThere(hypervisors.map((hypervisor) => readProspect(context, subject, hypervisor)));
}

/** Whether it is worth to look at its guests and its subnets' addresses: it would pass if it had no guests, and these free addresses. */
export function mayPass(subject: PlacementSubject, prospect: Prospect): boolean {
  return reasonsOf(subject, prospect, { openSubnetCount: prospect.attached.length, free: prospect.free }).length === 0;
}

export function judge(context: Context, subject: PlacementSubject, prospect: Prospect): MaybePromise<Verdict> {
  const read = bothThere(freeResources(context, prospect.hypervisor), () => openingsOf(context, subject, prospect));
  return whenThere(read, ([free, openings]) => verdictOn(subject, prospect, { free, openings }));
}

/**
 * As `judge`, but it may say less of a hypervisor that does not pass: of the filters that it failed, only the first one is sure. To
 * know that, its guests need no look where it is not alive, cordoned, without an address, or has too little memory without them.
 */
export async function judgeBriefly(context: Context, subject: PlacementSubject, prospect: Prospect): Promise<Verdict> {
  const verdict = verdictOn(subject, prospect, { free: prospect.free, openings: await openingsOf(context, subject, prospect) });
  const first = verdict.reasons[0]?.filter;
  // With its guests it could fail for memory too, which comes before these.
  const isOpen = first === undefined || first === 'DISK' || first === 'CPU';
  return isOpen ? judge(context, subject, prospect) : verdict;
}

export function passes({ reasons }: Verdict): boolean {
  return reasons.length === 0;
}

function openingsOf(context: Context, subject: PlacementSubject, { attached }: Prospect): MaybePromise<readonly Opening[]> {
  const { reservation } = subject;
  const openings = attached.map((known): MaybePromise<Opening | null> => {
    const address = reservation === null ? getFreeAddress(context, known.subnet) : usableAddress(reservation);
    return whenThere(address, (ip) => (ip === null ? null : { ...known, ip }));
  });
  return whenThere(allThere(openings), (found) => found.filter((opening) => opening !== null));
}

function verdictOn(
  subject: PlacementSubject,
  prospect: Prospect,
  { free, openings }: Pick<Verdict, 'free' | 'openings'>,
): Verdict {
  const { id, hypervisor } = prospect;
  const reasons = reasonsOf(subject, prospect, { openSubnetCount: openings.length, free });
  return { id, hypervisor, free, openings, reasons };
}

interface Findings {
  readonly openSubnetCount: number;
  readonly free: Resources;
}

function reasonsOf(subject: PlacementSubject, prospect: Prospect, findings: Findings): PlacementReason[] {
  const { hypervisor, attached } = prospect;
  const facts = { ...prospect, ...findings, subnetCount: attached.length, total: hypervisor.totalResources };
  return reasonsAgainst(facts, needsOf(subject));
}
