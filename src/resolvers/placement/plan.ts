import type { Context } from '../../context.ts';
import { subkeys } from '../../store/keys.ts';
import type { Key } from '../../store/range.ts';
import type { Compare, Write } from '../../store/store.ts';
import { getBelow } from '../below.ts';
import { isPresent, isStill, isUnchanged, put, type Reference, recordKey } from '../commit/index.ts';
import { schedulableKey } from '../hypervisor-config.ts';
import { newJob } from '../mutation/guest-job.ts';
import { putState } from '../mutation/guest-state.ts';
import type { Place } from './choose.ts';
import { isStillCommitted } from './committed-guard.ts';
import type { PlacementSubject } from './subject.ts';

export interface PlacedGuest {
  readonly id: string;
  /** `guests/<id>/` as stored. */
  readonly directory: Key;
}

/** What becomes a part of the guest's record. */
export interface PlacedFields {
  readonly hypervisorId: string;
  readonly subnetId: string;
  readonly ip: string;
  readonly bridge: string;
}

/** A placement but for the guest's record: that, and what it rests on, is the caller's to write and to compare. */
export interface PlacementPlan {
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
  readonly references: readonly Reference[];
  readonly fields: PlacedFields;
  readonly jobId: string;
}

export interface PlacementPlanOptions {
  readonly guest: PlacedGuest;
  readonly subject: PlacementSubject;
  readonly place: Place;
}

export async function planPlacement(context: Context, { guest, subject, place }: PlacementPlanOptions): Promise<PlacementPlan> {
  const { hypervisor, opening } = place;
  const { subnet, ip } = opening;
  const job = newJob(context, { guestId: guest.id, directory: guest.directory, action: 'fetch' });
  return {
    compares: [...(await isStillOpen(context, subject, place)), ...job.compares],
    writes: [
      put(subnet.directory + subkeys.addresses + ip, guest.id),
      put(hypervisor.directory + subkeys.guests + guest.id, guest.id),
      putState(guest.directory, 'PENDING', context.now()),
      ...job.writes,
    ],
    references: [subject.flavor, hypervisor, subnet].map(({ kind, id }) => ({ kind, id })),
    fields: { hypervisorId: hypervisor.id, subnetId: subnet.id, ip, bridge: opening.attachment.value.toString('utf8') },
    jobId: job.jobId,
  };
}

/** Everything that the choice of the place rested on. */
async function isStillOpen(
  context: Context,
  { flavor, network, reservation }: PlacementSubject,
  place: Place,
): Promise<Compare[]> {
  const { hypervisor, opening } = place;
  const { subnet, ip, networkLink, attachment } = opening;
  const address = subnet.directory + subkeys.addresses + ip;
  // A key that spells what is reserved otherwise is another one, which the guest gives up.
  const reserved = reservation?.address.key === address ? reservation.address : null;
  const [schedulable, committed] = await Promise.all([
    getBelow(context, hypervisor, schedulableKey),
    isStillCommitted(context, hypervisor),
  ]);
  return [
    isUnchanged(flavor),
    isPresent(recordKey(network)),
    isUnchanged(subnet),
    isPresent(networkLink),
    isStill(address, reserved),
    isUnchanged(hypervisor),
    isPresent(hypervisor.directory + subkeys.heartbeat),
    isStill(hypervisor.directory + schedulableKey, schedulable),
    isStill(attachment.key, attachment),
    ...committed,
  ];
}
