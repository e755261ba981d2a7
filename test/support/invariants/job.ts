import { type Keyspace, type Node, textOf } from './keyspace.ts';
import { isPlaced } from './placement.ts';
import { readState } from './record-format.ts';

/** States in which a guest waits for a job. */
const waiting: readonly string[] = ['PENDING', 'CREATING', 'DELETING'];

/** What has to happen to a guest is written down, and nothing that must not happen any more is. */
export function jobViolations(keyspace: Keyspace, foreignGuests: ReadonlySet<string>): string[] {
  const busyGuests = new Set(
    keyspace
      .nodes('jobs')
      .filter(isUnfinished)
      .map((job) => textOf(job, 'guest')),
  );
  return [
    ...keyspace.nodes('jobs').flatMap((job) => violationsOfJob(keyspace, job)),
    ...keyspace.nodes('guests').flatMap((guest) => violationsOfGuest(keyspace, guest, { foreignGuests, busyGuests })),
  ];
}

function isUnfinished(job: Node): boolean {
  return ['new', 'working'].includes(textOf(job, 'status'));
}

/** One that is not finished has a guest to work on, and that guest's `jobs` key leads to it or to one behind it. */
function violationsOfJob(keyspace: Keyspace, job: Node): string[] {
  if (!isUnfinished(job)) return [];
  const guestId = textOf(job, 'guest');
  const guest = keyspace.node('guests', guestId);
  if (guest === undefined) return [`${job.key}: it is to be done, and its guest ${guestId} is not there`];
  if (!isPlaced(guest)) return [`${job.key}: it is to be done, and its guest ${guestId} is unplaced`];
  const newest = keyspace.node('jobs', keyspace.value(`guests/${guestId}/jobs`) ?? '');
  return newest === undefined ? [`${job.key}: it is to be done, and guests/${guestId}/jobs does not lead to a job`] : [];
}

interface GuestSets {
  readonly foreignGuests: ReadonlySet<string>;
  /** Those with an unfinished job. */
  readonly busyGuests: ReadonlySet<string>;
}

/** `jobs` may lead to a job that is gone: finished ones are removed after a time. It may be finished while an older one is retried. */
function violationsOfGuest(keyspace: Keyspace, guest: Node, { foreignGuests, busyGuests }: GuestSets): string[] {
  const jobsKey = `guests/${guest.id}/jobs`;
  const jobId = keyspace.value(jobsKey);
  const job = keyspace.node('jobs', jobId ?? '');
  const violations: string[] = [];
  if (job !== undefined && textOf(job, 'guest') !== guest.id) {
    violations.push(`${jobsKey}: the job is one of ${textOf(job, 'guest')}`);
  }
  if (!isPlaced(guest)) return violations;
  const state = keyspace.value(`guests/${guest.id}/state`);
  const isForeign = foreignGuests.has(guest.id) && state === undefined;
  if (!isForeign && state === undefined) violations.push(`${guest.key}: it is placed and has no state`);
  if (!isForeign && jobId === undefined) violations.push(`${guest.key}: it is placed and has no job`);
  const isWaiting = state !== undefined && waiting.includes(String(readState(state).record?.state));
  if (isWaiting && jobId !== undefined && !busyGuests.has(guest.id)) {
    violations.push(`guests/${guest.id}/state: nothing is to be done that would end it`);
  }
  return violations;
}
