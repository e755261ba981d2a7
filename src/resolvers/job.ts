import type { Context } from '../context.ts';
import { directoriesOf } from '../store/directory.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Job, JobStatus } from '../store/entities/job.ts';
import { folderRange } from '../store/keys.ts';
import { candidatesOf, fieldIn, fieldIs, type Given, given, passesAll, type Test } from './filter.ts';
import { groupBy } from './grouping.ts';
import { guestsBy } from './guest-index.ts';
import { uuidOf } from './id.ts';
import { oncePerOperation } from './operation-memo.ts';
import type { Ordering } from './ordering.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';
import { sortKeyOfUnsigned } from './sort-key.ts';

export interface JobFilter {
  readonly ids?: Given<readonly string[]>;
  readonly guestIds?: Given<readonly string[]>;
  readonly hypervisorId?: Given<string>;
  readonly statuses?: Given<readonly JobStatus[]>;
  readonly action?: Given<string>;
  readonly remoteId?: Given<string>;
}

export interface JobListArguments extends PageArguments {
  readonly filter?: Given<JobFilter>;
}

/** The order in which they came into being is the order in which a guest's jobs are done. */
const newestFirst: Ordering<Job> = {
  field: 'CREATED',
  direction: 'DESC',
  sortKeyOf: ({ createRevision }) => sortKeyOfUnsigned(createRevision),
  idOf: ({ id }) => id,
};

export async function getJob(context: Context, id: string): Promise<Job | null> {
  return context.loaders.JOB.get(uuidOf('id', id));
}

export async function listJobs(context: Context, args: JobListArguments): Promise<Page<Job>> {
  const [jobs, passes] = await Promise.all([candidatesOf(context.loaders.JOB, args.filter), jobTest(context, args.filter)]);
  return pageOf(jobs.filter(passes), newestFirst, args);
}

const jobsByGuest = oncePerOperation(async (context) =>
  groupBy((await context.loaders.JOB.list()).all, ({ guestId }) => guestId),
);

export async function listJobsOfGuest(context: Context, guest: Guest, args: PageArguments): Promise<Page<Job>> {
  return pageOf((await jobsByGuest(context)).get(guest.id) ?? [], newestFirst, args);
}

/**
 * The jobs whose record names this guest, in no order of theirs, for who wants those of no other: only records in which its id stands are decoded. Jobs whose
 * record can't be read are left out.
 */
export async function findJobsOfGuest({ snapshot, keys, loaders }: Context, guestId: string): Promise<readonly Job[]> {
  const entries = await snapshot.list(folderRange(keys, 'JOB'));
  const named = entries.filter(({ value }) => mayName(value, guestId));
  const names = new Set([...directoriesOf(keys, 'JOB', named)].map(({ name }) => name));
  const jobs = await Promise.all([...names].map((name) => loaders.JOB.follow(name)));
  return jobs.filter((job) => job !== null).filter((job) => job.guestId === guestId);
}

/** A text with a backslash may spell the id otherwise. */
function mayName(value: Buffer, guestId: string): boolean {
  const text = value.toString('latin1');
  return text.includes(guestId) || text.includes('\\') || text.toLowerCase().includes(guestId);
}

async function jobTest(context: Context, filter: Given<JobFilter>): Promise<Test<Job>> {
  return passesAll([...jobTests(filter), ...(await hypervisorTests(context, filter?.hypervisorId))]);
}

/** All of them but those for ids and for the hypervisor. */
export function jobTests(filter: Given<JobFilter>): Test<Job>[] {
  const guestIds = filter?.guestIds?.map((id) => uuidOf('guestIds', id));
  return [
    ...given(guestIds, fieldIn('guestId')),
    ...given(filter?.statuses, fieldIn('status')),
    ...given(filter?.action, fieldIs('action')),
    ...given(filter?.remoteId, fieldIs('remoteId')),
  ];
}

/** A job is on the hypervisor that its guest's record names now. */
async function hypervisorTests(context: Context, hypervisor: Given<string>): Promise<Test<Job>[]> {
  if (hypervisor === null || hypervisor === undefined) return [];
  const guests = await guestsBy(context, 'hypervisorId', uuidOf('hypervisorId', hypervisor));
  const guestIds = new Set(guests.map(({ id }) => id));
  return [(job) => guestIds.has(job.guestId)];
}
