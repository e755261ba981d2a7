import type { Context } from '../context.ts';
import { hasErrorCode } from '../errors.ts';
import { isStill, isUnchanged, put } from '../resolvers/commit/index.ts';
import { getGuestKeys } from '../resolvers/guest-keys.ts';
import { putState } from '../resolvers/mutation/guest-state.ts';
import type { Guest, GuestState } from '../store/entities/guest.ts';
import type { RecordedGuestState } from '../store/entities/guest-state.ts';
import { subkeys } from '../store/keys.ts';
import type { HeldJob } from './held-job.ts';

/** Ends the job, and writes what state its guest is in now, in one commit. `error`: why it failed; null: it did not. */
export function endJob(job: HeldJob, error: string | null): Promise<void> {
  return job.change(async (context) => {
    const { guestId, action } = job.job;
    const changes = { status: error === null ? 'DONE' : 'ERROR', error, finishedAt: context.now().toISOString() } as const;
    const guest = await readableGuest(context, guestId);
    if (guest === null) return { changes, isEnd: true };
    const { state, jobs } = await getGuestKeys(context, guest);
    const { directory, hypervisorId } = guest;
    const next = hypervisorId === job.hypervisorId ? stateAfter({ action, isFailed: error !== null, state: guest.state }) : null;
    return {
      changes,
      compares: [isUnchanged(guest), isStill(directory + subkeys.state, state), isStill(directory + subkeys.jobs, jobs)],
      writes: [
        put(directory + subkeys.jobs, jobs?.value ?? job.job.id),
        ...(next === null || next === guest.state ? [] : [putState(directory, next, context.now())]),
      ],
      isEnd: true,
    };
  });
}

/** Null too for one whose record can't be read: nobody knows its state. */
async function readableGuest({ loaders }: Context, guestId: string): Promise<Guest | null> {
  try {
    return await loaders.GUEST.get(guestId);
  } catch (error) {
    if (hasErrorCode(error, 'BROKEN_RECORD')) return null;
    throw error;
  }
}

export interface EndedJob {
  readonly action: string;
  readonly isFailed: boolean;
  /** The guest's before the end. */
  readonly state: GuestState;
}

/** The state that the end of a job makes; null where it leaves it as it is. */
export function stateAfter({ action, isFailed, state }: EndedJob): RecordedGuestState | null {
  if (state === 'UNPLACED') return null;
  if (action === 'delete') return isFailed ? 'ERROR' : null;
  // What is to be deleted stays so, whatever is done to it before.
  if (state === 'DELETING') return null;
  if (isFailed) return action === 'create' || state === 'PENDING' || state === 'CREATING' ? 'ERROR' : null;
  return stateOfAction[action] ?? null;
}

const stateOfAction: Readonly<Record<string, RecordedGuestState>> = {
  create: 'RUNNING',
  start: 'RUNNING',
  reboot: 'RUNNING',
  restart: 'RUNNING',
  shutdown: 'STOPPED',
  poweroff: 'STOPPED',
  suspend: 'SUSPENDED',
};
