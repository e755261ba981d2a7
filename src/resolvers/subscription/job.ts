import type { Context } from '../../context.ts';
import { type ChangeType, type Commit, changeTypeOf, type NodeChange } from '../../store/changes/index.ts';
import type { Job } from '../../store/entities/job.ts';
import { type Given, idsOf, passesAll } from '../filter.ts';
import { uuidOf } from '../id.ts';
import { type JobFilter, jobTests } from '../job.ts';
import { type NodeEvent, readable } from './event-node.ts';
import { type Events, placeOf, type StreamArguments, subscribe } from './subscribe.ts';

export interface JobStreamArguments extends StreamArguments {
  readonly filter?: Given<JobFilter>;
}

export interface JobEvent extends NodeEvent<'JOB'> {
  readonly type: ChangeType;
}

/** Each change of a job that the filter finds before it or after it. */
export function subscribeToJobs(context: Context, { filter, ...args }: JobStreamArguments): Events<JobEvent> {
  const ids = idsOf(filter);
  const names = ids && new Set(ids);
  const test = passesAll(jobTests(filter));
  const isOnHypervisor = openHypervisorTest(filter?.hypervisorId);
  const isFiltered = filter !== null && filter !== undefined;
  return subscribe<JobEvent>(context, args, {
    touches: (change) => isOfJob(change) && names?.has(change.name) !== false && changeTypeOf(change) !== null,
    async judge(change, commit) {
      const type = changeTypeOf(change);
      if (!isOfJob(change) || type === null) return null;
      const { before, after } = await commit.versionsOf(change);
      const found = [readable(before), readable(after)].filter((job) => job !== null).filter(test);
      const [job] = found;
      if (isFiltered && (job === undefined || !(await isOnHypervisor(job, commit)))) return null;
      return { ...placeOf(change), kind: change.kind, name: change.name, type, after };
    },
  });
}

function isOfJob(change: NodeChange): change is NodeChange & { readonly kind: 'JOB' } {
  return change.kind === 'JOB';
}

/**
 * A job is on the hypervisor that its guest's record names as the commit left it; or named before it, since the end of a delete job
 * takes the guest away with it.
 */
function openHypervisorTest(hypervisor: Given<string>): (job: Job, commit: Commit) => Promise<boolean> {
  if (hypervisor === null || hypervisor === undefined) return () => Promise.resolve(true);
  const hypervisorId = uuidOf('hypervisorId', hypervisor);
  return async ({ guestId }, commit) => {
    const change = commit.changeOf('GUEST', guestId);
    const before = change === undefined ? null : readable((await commit.versionsOf(change)).before);
    if (before?.hypervisorId === hypervisorId) return true;
    const guest = await commit.look(({ loaders }) => loaders.GUEST.follow(guestId));
    return guest?.hypervisorId === hypervisorId;
  };
}
