import type { Context } from '../../context.ts';
import { rewriteRecord } from '../../store/codec.ts';
import type { Guest, GuestState } from '../../store/entities/guest.ts';
import { type Job, jobFields } from '../../store/entities/job.ts';
import type { Write } from '../../store/store.ts';
import { commit, type Decision, isAbsent, isStill, type Mutation, put } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import { type GatewayJob, isGatewayJob } from '../job-action.ts';
import { quote } from '../quote.ts';
import { notFound, requireNode } from '../require.ts';
import { directoryOf } from '../stored-directory.ts';
import { guestIsStill } from './guest-guard.ts';
import { linksTo } from './guest-holding.ts';
import { nameOf, requireAllowed } from './guest-queue.ts';
import { putState } from './guest-state.ts';
import { invalidState } from './invalid-state.ts';
import { isUnfinished, putNewestJob, type StoredJob, storedJobsOf } from './unfinished-job.ts';

/** What is left of the first try goes. `id`, `action`, `guest` and `created_at` stay, and what is not known here. */
const asNew = jobFields({
  status: 'NEW',
  remoteId: null,
  error: null,
  postedAfter: null,
  startedAt: null,
  finishedAt: null,
});

/** Has a job done again that failed. Since its guest has no other one to do, it does not matter which place in their order it keeps. */
export function retryJob(mutation: Mutation, { id }: { readonly id: string }) {
  return commit(mutation, async (context): Promise<Decision<{ readonly jobId: string }>> => {
    const job = requireFailed(await requireNode(context.loaders.JOB, uuidOf('id', id)));
    const guest = await requireGuest(context, job);
    const [keys, jobs] = await Promise.all([getGuestKeys(context, guest), storedJobsOf(context, guest.id)]);
    const { record, lockKey } = requireIdle(guest, job, jobs);
    return {
      type: 'commit',
      compares: [...guestIsStill(guest, keys), isStill(record.key, record), isAbsent(lockKey)],
      writes: [
        put(record.key, rewriteRecord(record.value, asNew), record.leaseId),
        ...putNewestJob(guest, jobs),
        ...(await stateWrites(context, { guest, job, jobs })),
      ],
      result: { jobId: job.id },
    };
  });
}

function retrying(job: GatewayJob): string {
  return `Retrying the job ${nameOf(job)}`;
}

function requireFailed(job: Job): GatewayJob {
  const { id, action, status } = job;
  if (!isGatewayJob(job)) throw invalidState({ state: status }, `The job ${id} (${quote(action)}) is another tool's to do`);
  if (status === 'ERROR') return job;
  throw invalidState({ state: status }, `${retrying(job)} is refused, since it is ${status}: only one that failed is retried`);
}

async function requireGuest(context: Context, job: GatewayJob): Promise<Guest> {
  const guest = await context.loaders.GUEST.get(job.guestId);
  if (guest !== null) return guest;
  throw invalidState({ state: job.status }, `${retrying(job)} is refused: its guest ${job.guestId} is gone`);
}

/** Nothing else is to be done to the guest, and nobody has their hands on the job. */
function requireIdle(guest: Guest, job: GatewayJob, jobs: readonly StoredJob[]): StoredJob {
  const unfinished = jobs.find(isUnfinished)?.job;
  if (unfinished !== undefined) {
    const why = `its job ${nameOf(unfinished)} is ${unfinished.status}, and comes first`;
    throw invalidState(guest, `${retrying(job)} is refused for the guest ${guest.id}: ${why}`);
  }
  const stored = jobs.find((one) => one.job.id === job.id);
  if (stored === undefined) throw notFound('JOB', job.id);
  if (!stored.isClaimed) return stored;
  throw invalidState({ state: job.status }, `${retrying(job)} is refused, since somebody holds its lock`);
}

interface Retry {
  readonly guest: Guest;
  readonly job: GatewayJob;
  /** All of the guest's. */
  readonly jobs: readonly StoredJob[];
}

/** What the mutations that give a guest such a job make of its state. Fails with INVALID_STATE where they would. */
async function stateWrites(context: Context, retry: Retry): Promise<Write[]> {
  const { guest, job } = retry;
  const now = context.now();
  if (job.action === 'delete' && guest.hypervisorId !== null) return [putState(guest.directory, 'DELETING', now)];
  if (await isCreation(context, retry)) return [putState(guest.directory, 'PENDING', now)];
  const asked = job.action === 'create' || job.action === 'delete' ? 'fetch' : job.action;
  requireAllowed({ guest, state: guest.state, because: null }, asked, retrying(job));
  if (job.action !== 'create') return [];
  const why = 'it may be there, and would be overwritten. fetchImage creates one that its agent does not know';
  throw invalidState(guest, `${retrying(job)} is refused for the guest ${guest.id}, which is ${guest.state}: ${why}`);
}

/** States of a guest that was not created, or not yet. */
const uncreated: ReadonlySet<GuestState> = new Set(['PENDING', 'CREATING', 'ERROR']);

/** Whether the guest is still what the job left behind when it failed to create it. An agent overwrites a guest that is there. */
async function isCreation(context: Context, { guest, job, jobs }: Retry): Promise<boolean> {
  if (!uncreated.has(guest.state)) return false;
  // A later one could be done only to a guest that is there.
  if (jobs.some(({ job: other }) => other.status === 'DONE' && other.createRevision > job.createRevision)) return false;
  return job.action === 'create' || (job.action === 'fetch' && (await isOfPlacement(context, guest, job)));
}

/** The first job of a guest comes with its link, in one commit. Any other `fetch` is one of fetchImage, for a guest that was there. */
async function isOfPlacement(context: Context, { id, hypervisorId }: Guest, job: GatewayJob): Promise<boolean> {
  if (hypervisorId === null) return false;
  const links = await linksTo(context, await directoryOf(context, 'HYPERVISOR', hypervisorId), id);
  return links.some(({ createRevision }) => createRevision === job.createRevision);
}
