import type { Context } from '../context.ts';
import { type CatalogView, sortKeyOfCreation } from '../store/catalog/index.ts';
import { directoriesOf } from '../store/directory.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Job, JobStatus } from '../store/entities/job.ts';
import { folderRange } from '../store/keys.ts';
import { allThere, bothThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { keyFromText } from '../store/range.ts';
import type { KeyValue } from '../store/store.ts';
import { candidatesOf, lookThrough } from './candidates.ts';
import { fieldIn, fieldIs, type Given, given, type Test } from './filter.ts';
import { groupBy } from './grouping.ts';
import { guestsBy } from './guest-index.ts';
import { uuidOf } from './id.ts';
import { groupOfArray, groupOfSet, type NodeGroup, unionOf } from './node-group.ts';
import { oncePerOperation } from './operation-memo.ts';
import type { Ordering } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { type Criterion, pageOfSelection, select } from './selection.ts';

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
  sortKeyOf: sortKeyOfCreation,
  idOf: ({ id }) => id,
};

export async function getJob(context: Context, id: string): Promise<Job | null> {
  return context.loaders.JOB.get(uuidOf('id', id));
}

export function listJobs(context: Context, args: JobListArguments): MaybePromise<Page<Job>> {
  const own = ownCriteria(args.filter);
  const read = bothThere(candidatesOf(context, 'JOB', args.filter), () => hypervisorCriteria(context, args.filter?.hypervisorId));
  return whenThere(read, ([candidates, further]) => pageOfSelection(select(candidates, [...own, ...further]), newestFirst, args));
}

/** For an operation without a catalog. */
const jobsByGuest = oncePerOperation(async (context) =>
  groupBy((await context.loaders.JOB.list()).all, ({ guestId }) => guestId),
);

export function listJobsOfGuest(context: Context, { id }: Guest, args: PageArguments): MaybePromise<Page<Job>> {
  const jobs = lookThrough<'JOB', NodeGroup<Job>>(context, 'JOB', {
    inCatalog: (catalog) => groupOfSet(catalog.jobsOfGuest(id)),
    inStore: async () => groupOfArray((await jobsByGuest(context)).get(id) ?? []),
  });
  return whenThere(jobs, (nodes) => pageOfSelection(select({ nodes, catalog: null }, []), newestFirst, args));
}

/**
 * The jobs whose record names this guest, in no order of theirs, for who wants those of no other: only records in which its id
 * stands are decoded. Jobs whose record can't be read are left out.
 */
export async function findJobsOfGuest(context: Context, guestId: string): Promise<readonly Job[]> {
  const { snapshot, keys, loaders } = context;
  const catalog = await snapshot.catalog();
  const entries = catalog === null ? await snapshot.list(folderRange(keys, 'JOB')) : await brokenJobs(context, catalog);
  const named = entries.filter(({ value }) => mayName(value, guestId));
  const names = new Set([...directoriesOf(keys, 'JOB', named)].map(({ name }) => name));
  const jobs = await allThere([...names].map((name) => loaders.JOB.follow(name)));
  const found = jobs.filter((job) => job !== null).filter((job) => job.guestId === guestId);
  return catalog === null ? found : [...catalog.jobsOfGuest(guestId)];
}

/** The catalog knows which guest each job is of, but for those that can't be read: these are named where they may be the guest's. */
async function brokenJobs({ snapshot }: Context, catalog: CatalogView): Promise<readonly KeyValue[]> {
  const entries = await allThere(catalog.broken('JOB').map(({ key }) => snapshot.get(keyFromText(key))));
  return entries.filter((entry) => entry !== null);
}

/** A text with a backslash may spell the id otherwise. */
function mayName(value: Buffer, guestId: string): boolean {
  const text = value.toString('latin1');
  return text.includes(guestId) || text.includes('\\') || text.toLowerCase().includes(guestId);
}

/** All of them but those for ids and for the hypervisor. */
export function jobTests(filter: Given<JobFilter>): Test<Job>[] {
  return ownCriteria(filter).map(({ passes }) => passes);
}

function ownCriteria(filter: Given<JobFilter>): Criterion<Job>[] {
  const tests = [
    ...given(filter?.statuses, fieldIn('status')),
    ...given(filter?.action, fieldIs('action')),
    ...given(filter?.remoteId, fieldIs('remoteId')),
  ];
  return [...given(filter?.guestIds, guestIsAmong), ...tests.map((passes) => ({ passes }))];
}

function guestIsAmong(ids: readonly string[]): Criterion<Job> {
  return isOfGuests(new Set(ids.map((id) => uuidOf('guestIds', id))));
}

function isOfGuests(guestIds: ReadonlySet<string>): Criterion<Job> {
  return {
    passes: ({ guestId }) => guestIds.has(guestId),
    find: (catalog) => unionOf([...guestIds].map((id) => groupOfSet(catalog.jobsOfGuest(id)))),
  };
}

/** A job is on the hypervisor that its guest's record names now. */
function hypervisorCriteria(context: Context, hypervisor: Given<string>): MaybePromise<readonly Criterion<Job>[]> {
  if (hypervisor === null || hypervisor === undefined) return [];
  return whenThere(guestsBy(context, 'hypervisorId', uuidOf('hypervisorId', hypervisor)), (guests) => [
    isOfGuests(new Set(Array.from(guests, ({ id }) => id))),
  ]);
}
