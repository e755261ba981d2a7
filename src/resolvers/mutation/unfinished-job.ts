import type { Context } from '../../context.ts';
import { rewriteRecord } from '../../store/codec.ts';
import type { Guest } from '../../store/entities/guest.ts';
import { jobFields } from '../../store/entities/job.ts';
import { subkeys } from '../../store/keys.ts';
import type { Key } from '../../store/range.ts';
import type { Compare, KeyValue, Write } from '../../store/store.ts';
import { isAbsent, isStill, put, remove, type Step } from '../commit/index.ts';
import { findJobsOfGuest } from '../job.ts';
import { type GatewayJob, isGatewayJob } from '../job-action.ts';
import type { Removal } from './guest-holding.ts';

/** Jobs that one commit ends, each with two compares. */
export const jobsAtOnce = 40;

/** A job with its key as stored. */
export interface StoredJob {
  readonly job: GatewayJob;
  readonly record: KeyValue;
  readonly lockKey: Key;
  /** Whether somebody holds its lock: it is worked on, or about to be. */
  readonly isClaimed: boolean;
}

/** The jobs of a guest that the gateway knows how to do, in the order in which they are done. */
export async function storedJobsOf(context: Context, guestId: string): Promise<readonly StoredJob[]> {
  const jobs = (await findJobsOfGuest(context, guestId)).filter(isGatewayJob);
  const stored = await Promise.all(jobs.map((job) => storedJob(context, job)));
  return stored.filter((job) => job !== null).sort(inTheirOrder);
}

async function storedJob({ loaders, keys, snapshot }: Context, job: GatewayJob): Promise<StoredJob | null> {
  const record = (await loaders.JOB.locate(job.id))?.record;
  if (record === undefined) return null;
  const lockKey = keys.jobLock(record.key.slice(keys.folder('JOB').length));
  return { job, record, lockKey, isClaimed: (await snapshot.get(lockKey)) !== null };
}

function inTheirOrder({ job: a }: StoredJob, { job: b }: StoredJob): number {
  return a.createRevision - b.createRevision || (a.id < b.id ? -1 : 1);
}

export function isUnfinished({ job }: StoredJob): boolean {
  return job.status === 'NEW' || job.status === 'WORKING';
}

export interface GuestJobs {
  readonly guest: Guest;
  /** All of them, as `storedJobsOf` has them. */
  readonly jobs: readonly StoredJob[];
  /** Those that will never be done: unfinished, and claimed by nobody. */
  readonly given: readonly StoredJob[];
  /** What the job records say of that. */
  readonly reason: string;
}

/**
 * Leaves none of the jobs to be done: one that nobody began goes, and one that was begun by a gateway that died since ends in an
 * error, so that no other gateway takes it up. That nobody claims one of them meanwhile is compared.
 */
export function endJobs({ now }: Context, { given, reason }: Pick<GuestJobs, 'given' | 'reason'>): Removal {
  const ended = jobFields({ status: 'ERROR', error: reason, finishedAt: now().toISOString() });
  return {
    compares: given.flatMap(({ record, lockKey }) => [isStill(record.key, record), isAbsent(lockKey)]),
    writes: given.map(({ job, record }) =>
      job.status === 'NEW' ? remove(record.key) : put(record.key, rewriteRecord(record.value, ended), record.leaseId),
    ),
  };
}

/**
 * Ends the first of more jobs than one commit can; null when there are not so many. The guest's `jobs` key is put with the newest
 * one, which is among those that are left: whoever claims one of these must hear that some were ended.
 */
export function stepOfJobs(context: Context, { guest, jobs, given, reason }: GuestJobs, guards: readonly Compare[]): Step | null {
  if (given.length <= jobsAtOnce) return null;
  const { compares, writes } = endJobs(context, { given: given.slice(0, jobsAtOnce), reason });
  return { type: 'step', compares: [...guards, ...compares], writes: [...writes, ...putNewestJob(guest, jobs)] };
}

/** The guest's `jobs` key after those were ended: the newest job that is left, or nothing. */
export function jobsKeyWithout({ guest, jobs, given }: Omit<GuestJobs, 'reason'>): Write[] {
  if (given.length === 0) return [];
  const left = jobs.filter((job) => job.job.status !== 'NEW' || !given.includes(job));
  return left.length === 0 ? [remove(guest.directory + subkeys.jobs)] : putNewestJob(guest, left);
}

/** Puts the guest's `jobs` key, also where it says so already: whoever guards on it must hear of it. `jobs` are all of the guest's. */
export function putNewestJob({ directory }: Guest, jobs: readonly StoredJob[]): Write[] {
  const newest = jobs.at(-1);
  return newest === undefined ? [] : [put(directory + subkeys.jobs, newest.job.id)];
}
