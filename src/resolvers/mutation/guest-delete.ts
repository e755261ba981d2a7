import type { Context } from '../../context.ts';
import type { Guest } from '../../store/entities/guest.ts';
import { encodeGuestState } from '../../store/entities/guest-state.ts';
import { subkeys } from '../../store/keys.ts';
import type { Compare } from '../../store/store.ts';
import { commit, type Decision, isAbsent, type Mutation, put, recordKey, remove, removeAll } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import { notFound } from '../require.ts';
import { directoryOf } from '../stored-directory.ts';
import { type DeleteArguments, requireRevision } from './given.ts';
import { guestIsStill } from './guest-guard.ts';
import { addressesOf, addressOfReservation, removalOf } from './guest-holding.ts';
import { newJob } from './guest-job.ts';
import { linksAnywhere, stepOfLinks } from './stale-link.ts';
import { endJobs, isUnfinished, stepOfJobs, storedJobsOf } from './unfinished-job.ts';

/** Either it is gone, or this job is to delete it. */
export interface DeletedGuest extends Readonly<Record<string, string | null>> {
  readonly deletedId: string | null;
  readonly guestId: string | null;
  readonly jobId: string | null;
}

type Deletion = Decision<DeletedGuest>;

/** Links that go in the commit that also ends jobs. */
const linksBesideJobs = 20;

/** Nothing runs of a guest that is unplaced, or whose hypervisor is gone: it goes at once. Else its agent has to delete it first. */
export function deleteGuest(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit<DeletedGuest>(mutation, async (context) => {
    const guestId = uuidOf('id', id);
    const guest = await context.loaders.GUEST.get(guestId);
    if (guest === null) return removeRemains(context, guestId);
    requireRevision(guest, ifRevision);
    if (guest.hypervisorId === null) return removeGuest(context, guest, []);
    const hypervisor = await directoryOf(context, 'HYPERVISOR', guest.hypervisorId);
    if (hypervisor.record !== null) return beginDeletion(context, guest);
    return removeGuest(context, guest, [isAbsent(recordKey(hypervisor))]);
  });
}

/** A guest that is to be deleted already gets no second job, unless the first one failed. */
async function beginDeletion(context: Context, guest: Guest): Promise<Deletion> {
  const [keys, jobs] = await Promise.all([getGuestKeys(context, guest), storedJobsOf(context, guest.id)]);
  const earlier = jobs.find((stored) => stored.job.action === 'delete' && isUnfinished(stored));
  if (earlier !== undefined) {
    return { type: 'answer', result: { deletedId: null, guestId: guest.id, jobId: earlier.job.id } };
  }
  const { jobId, compares, writes } = newJob(context, { guestId: guest.id, directory: guest.directory, action: 'delete' });
  const state = encodeGuestState({ state: 'DELETING', reported: '', observedAt: context.now().toISOString() });
  return {
    type: 'commit',
    compares: [...guestIsStill(guest, keys), ...compares],
    writes: [put(guest.directory + subkeys.state, state), ...writes],
    result: { deletedId: null, guestId: guest.id, jobId },
  };
}

/**
 * With all that it holds elsewhere, also links that other tools left under any hypervisor: nobody could remove them once it is gone.
 * `guards` say that nothing runs of it. A job that somebody works on is left: whoever does will find the guest gone.
 */
async function removeGuest(context: Context, guest: Guest, guards: readonly Compare[]): Promise<Deletion> {
  const keys = await getGuestKeys(context, guest);
  const [jobs, addresses, links] = await Promise.all([
    storedJobsOf(context, guest.id),
    addressesOf(context, guest, keys),
    linksAnywhere(context, guest.id),
  ]);
  const given = jobs.filter((stored) => isUnfinished(stored) && !stored.isClaimed);
  const ending = { guest, jobs, given, reason: 'Its guest was deleted before it was done' };
  const still = [...guestIsStill(guest, keys), ...guards];
  const ended = endJobs(context, ending);
  const released = removalOf([addresses.placed, addresses.reserved, ...links]);
  return (
    stepOfJobs(context, ending, still) ??
    stepOfLinks(links, still, linksBesideJobs) ?? {
      type: 'commit',
      compares: [...still, ...ended.compares, ...released.compares],
      writes: [
        removeAll(guest.directory),
        remove(context.keys.reference('GUEST', guest.id)),
        ...ended.writes,
        ...released.writes,
      ],
      result: { deletedId: guest.id, guestId: null, jobId: null },
    }
  );
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
