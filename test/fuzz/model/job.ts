import { type Judge, nothing, type Rule } from './judge.ts';
import { type Json, legal, type Model, now } from './model.ts';
import type { LifeEvent } from './step.ts';

const never = '0001-01-01T00:00:00Z';

export function state(name: string, reported = ''): Json {
  return { state: name, reported, observed_at: now };
}

export interface NewJob {
  readonly jobId: string;
  readonly guestId: string;
  readonly action: string;
}

export function newJob({ model }: Pick<Judge, 'model'>, { jobId, guestId, action }: NewJob): void {
  model.put(`jobs/${jobId}`, {
    ...{ id: jobId, remote: '', action, guest: guestId, status: 'new', started_at: never, finished_at: never, created_at: now },
  });
  model.put(`guests/${guestId}/jobs`, jobId);
}

interface Job {
  readonly id: string;
  readonly record: Json;
}

/** In the order in which they were made, and are done. */
function jobsOf(model: Model, guestId: string): readonly Job[] {
  return model.nodes('jobs').filter(({ record }) => record.guest === guestId);
}

/** Removes the jobs that nobody began; whether there were any. */
export function endJobs({ model }: Judge, guestId: string): boolean {
  const ended = jobsOf(model, guestId).filter(({ record }) => record.status === 'new');
  for (const { id } of ended) model.remove(`jobs/${id}`);
  return ended.length > 0;
}

/** The guest's `jobs` key leads to the newest one that is left. */
export function forgetJobs({ model }: Judge, guestId: string): void {
  const left = jobsOf(model, guestId).at(-1);
  if (left === undefined) model.remove(`guests/${guestId}/jobs`);
  else model.put(`guests/${guestId}/jobs`, left.id);
}

/** What a guest is when an action on it is done. */
const outcomes: Readonly<Record<string, string>> = {
  start: 'RUNNING',
  reboot: 'RUNNING',
  restart: 'RUNNING',
  shutdown: 'STOPPED',
  poweroff: 'STOPPED',
  suspend: 'SUSPENDED',
  delete: 'DELETING',
};

function stateOf(model: Model, guestId: string): string {
  const isPlaced = model.node('guests', guestId).hypervisor !== '';
  return isPlaced ? (model.value(`guests/${guestId}/state`)?.state ?? 'UNKNOWN') : 'UNPLACED';
}

function stateBehindJobs(model: Model, guestId: string): string {
  let behind = stateOf(model, guestId);
  for (const { record } of jobsOf(model, guestId).filter((job) => job.record.status === 'new')) {
    if (behind === 'UNPLACED' || behind === 'DELETING') return behind;
    behind = record.action === 'create' ? 'PENDING' : (outcomes[record.action] ?? behind);
  }
  return behind;
}

function isRefused(name: string, action: string): boolean {
  if (name === 'STOPPED') return ['shutdown', 'reboot', 'suspend'].includes(action);
  return ['UNPLACED', 'PENDING', 'CREATING', 'DELETING'].includes(name);
}

function askFor(action: (args: Json) => string): Rule {
  return (judge, args) => {
    const guest = judge.find('guests', 'guestId', args.guestId);
    if (guest === null) return nothing;
    if (isRefused(stateBehindJobs(judge.model, guest.id), action(args))) judge.refuse('INVALID_STATE');
    return (answer) => {
      legal(answer.guest.id === guest.id, 'it answers with another guest');
      newJob(judge, { jobId: answer.job.id, guestId: guest.id, action: action(args) });
    };
  };
}

const retryJob: Rule = (judge, { id }) => {
  const { model } = judge;
  const job = judge.find('jobs', 'id', id);
  if (job === null) return nothing;
  const { guest: guestId, status } = job.record;
  const jobs = jobsOf(model, guestId);
  const isIdle = !jobs.some(({ record }) => record.status === 'new');
  const becomes = model.node('guests', guestId) === undefined ? null : stateOfRetry(model, job, guestId);
  if (status !== 'error' || !isIdle || becomes === null) judge.refuse('INVALID_STATE');
  return (answer) => {
    legal(answer.job.id === job.id, 'it answers with another job');
    const emptied = { remote: '', error: '', posted_after: '' };
    model.update(`jobs/${job.id}`, { status: 'new', started_at: never, finished_at: never, ...emptied });
    model.put(`guests/${guestId}/jobs`, jobs.at(-1)?.id);
    if (becomes !== stateOf(model, guestId)) model.put(`guests/${guestId}/state`, state(String(becomes)));
  };
};

/** Null where it is refused. */
function stateOfRetry(model: Model, { id, record: { action } }: Job, guestId: string): string | null {
  const name = stateOf(model, guestId);
  if (name === 'UNPLACED') return null;
  if (action === 'delete') return 'DELETING';
  const jobs = jobsOf(model, guestId);
  const isOvertaken = jobs.slice(jobs.findIndex((job) => job.id === id)).some(({ record }) => record.status === 'done');
  const creates = action === 'create' || (action === 'fetch' && model.placedBy.get(guestId) === id);
  if (creates && !isOvertaken && ['ERROR', 'PENDING'].includes(name)) return 'PENDING';
  return action === 'create' || isRefused(name, action) ? null : name;
}

export const jobRules: Readonly<Record<string, Rule>> = {
  guestAction: askFor(({ action }) => action.toLowerCase()),
  fetchImage: askFor(() => 'fetch'),
  retryJob,
};

/** What the first job of the guest that waits changes when it is done, or fails. A guest that is deleted is not told here. */
export function changesOfLife(model: Model, { event, id }: LifeEvent): Readonly<Record<string, Json>> {
  const job = jobsOf(model, id).find(({ record }) => record.status === 'new');
  if (job === undefined || (job.record.action === 'delete' && event === 'done')) return {};
  const before = stateOf(model, id);
  // One that fetched its image fails only then.
  const action = before === 'PENDING' && event !== 'unfetched' ? 'create' : job.record.action;
  const ended = { ...job.record, action, remote: 'r', started_at: now, finished_at: now };
  const isDone = event === 'done';
  return {
    [`jobs/${job.id}`]: isDone ? { ...ended, status: 'done' } : { ...ended, status: 'error', error: 'no', posted_after: 'none' },
    [`guests/${id}/jobs`]: jobsOf(model, id).at(-1)?.id,
    [`guests/${id}/state`]: state(isDone ? stateWhenDone(before, action) : stateWhenFailed(before, action), 'seen'),
  };
}

function stateWhenDone(before: string, action: string): string {
  if (before === 'DELETING') return before;
  return before === 'PENDING' ? 'RUNNING' : (outcomes[action] ?? before);
}

function stateWhenFailed(before: string, action: string): string {
  return before === 'PENDING' || action === 'delete' ? 'ERROR' : before;
}
