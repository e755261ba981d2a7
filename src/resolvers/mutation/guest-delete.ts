import type { Context } from '../../context.ts';
import type { Guest } from '../../store/entities/guest.ts';
import { commit, type Decision, isAbsent, type Mutation, recordKey } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import { notFound } from '../require.ts';
import { directoryOf } from '../stored-directory.ts';
import { type DeleteArguments, requireRevision } from './given.ts';
import { guestIsStill } from './guest-guard.ts';
import { addressOfReservation, removalOf } from './guest-holding.ts';
import { newJob } from './guest-job.ts';
import { type DeletedGuest, removeGuest } from './guest-removal.ts';
import { putState } from './guest-state.ts';
import { linksAnywhere, stepOfLinks } from './stale-link.ts';
import { isUnfinished, storedJobsOf } from './unfinished-job.ts';

type Deletion = Decision<DeletedGuest>;

/** Nothing runs of a guest that is unplaced, or whose hypervisor is gone: it goes at once. Else its agent has to delete it first. */
export function deleteGuest(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit<DeletedGuest>(mutation, async (context) => {
    const guestId = uuidOf('id', id);
    const guest = await context.loaders.GUEST.get(guestId);
    if (guest === null) return removeRemains(context, guestId);
    requireRevision(guest, ifRevision);
    if (guest.hypervisorId === null) return removeGuest(context, guest, { guards: [] });
    const hypervisor = await directoryOf(context, 'HYPERVISOR', guest.hypervisorId);
    if (hypervisor.record !== null) return beginDeletion(context, guest);
    return removeGuest(context, guest, { guards: [isAbsent(recordKey(hypervisor))] });
  });
}

/** A guest that is to be deleted already gets no second job, unless the first one failed. */
async function beginDeletion(context: Context, guest: Guest): Promise<Deletion> {
  const [keys, jobs] = await Promise.all([getGuestKeys(context, guest), storedJobsOf(context, guest.id)]);
  const earlier = jobs.find((stored) => stored.job.action === 'delete' && isUnfinished(stored));
  if (earlier !== undefined) {
    // A commit, though there is nothing to change: what a repeated request is answered must hold when it is kept.
    return {
      type: 'commit',
      compares: guestIsStill(guest, keys),
      writes: [],
      result: { deletedId: null, guestId: guest.id, jobId: earlier.job.id },
    };
  }
  const { jobId, compares, writes } = newJob(context, { guestId: guest.id, directory: guest.directory, action: 'delete' });
  return {
    type: 'commit',
    compares: [...guestIsStill(guest, keys), ...compares],
    writes: [putState(guest.directory, 'DELETING', context.now()), ...writes],
    result: { deletedId: null, guestId: guest.id, jobId },
  };
}

/** Other tools may have left links to a guest that has no record, and keys of the gateway in its directory. NOT_FOUND where they have not. */
async function removeRemains(context: Context, guestId: string): Promise<Deletion> {
  const guest = await directoryOf(context, 'GUEST', guestId);
  const keys = await getGuestKeys(context, guest);
  const [links, reserved] = await Promise.all([linksAnywhere(context, guestId), addressOfReservation(context, guestId, keys)]);
  const left = Object.values(keys).filter((entry) => entry !== null);
  if (links.length === 0 && left.length === 0) throw notFound('GUEST', guestId);
  const guards = [isAbsent(recordKey(guest))];
  const released = removalOf([reserved, ...left, ...links]);
  return (
    stepOfLinks(links, guards) ?? {
      type: 'commit',
      compares: [...guards, ...released.compares],
      writes: released.writes,
      result: { deletedId: guestId, guestId: null, jobId: null },
    }
  );
}
