import type { Context } from '../../context.ts';
import { commit, type Decision, type Mutation } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import type { GuestAction } from '../job-action.ts';
import { requireNode } from '../require.ts';
import type { AskedAction } from './guest-action-rule.ts';
import { guestIsStill } from './guest-guard.ts';
import { newJob } from './guest-job.ts';
import { queuedState, requireAllowed } from './guest-queue.ts';
import { storedJobsOf } from './unfinished-job.ts';

export interface GuestActionArguments {
  readonly guestId: string;
  readonly action: GuestAction;
}

/** The job is the new one. */
export type GivenJob = {
  readonly guestId: string;
  readonly jobId: string;
};

/** Has an action done to a guest, behind what is to be done to it already. Its state stays until the job is done. */
export function guestAction(mutation: Mutation, { guestId, action }: GuestActionArguments) {
  return commit(mutation, (context) => giveJob(context, guestId, { action, what: action.toUpperCase() }));
}

/** Has the image of the guest's flavor fetched to its hypervisor, whatever is there already. */
export function fetchImage(mutation: Mutation, { guestId }: Pick<GuestActionArguments, 'guestId'>) {
  return commit(mutation, (context) => giveJob(context, guestId, { action: 'fetch', what: 'Fetching the image' }));
}

interface Wish {
  readonly action: AskedAction;
  /** As a message calls it. */
  readonly what: string;
}

async function giveJob(context: Context, id: string, { action, what }: Wish): Promise<Decision<GivenJob>> {
  const guest = await requireNode(context.loaders.GUEST, uuidOf('guestId', id));
  const [keys, jobs] = await Promise.all([getGuestKeys(context, guest), storedJobsOf(context, guest.id)]);
  requireAllowed(queuedState(guest, jobs), action, what);
  const { jobId, compares, writes } = newJob(context, { guestId: guest.id, directory: guest.directory, action });
  return {
    type: 'commit',
    compares: [...guestIsStill(guest, keys), ...compares],
    writes,
    result: { guestId: guest.id, jobId },
  };
}
