import type { Context } from '../../context.ts';
import type { Guest } from '../../store/entities/guest.ts';
import type { Compare } from '../../store/store.ts';
import { type Change, remove, removeAll, type Step } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { guestIsStill } from './guest-guard.ts';
import { addressesOf, removalOf } from './guest-holding.ts';
import { linksAnywhere, stepOfLinks } from './stale-link.ts';
import { endJobs, isUnfinished, stepOfJobs, storedJobsOf } from './unfinished-job.ts';

/** Either it is gone, or this job is to delete it. */
export interface DeletedGuest extends Readonly<Record<string, string | null>> {
  readonly deletedId: string | null;
  readonly guestId: string | null;
  readonly jobId: string | null;
}

export interface GuestRemovalOptions {
  /** They say that nothing runs of it. */
  readonly guards: readonly Compare[];
  /** The id of the job that deleted it: left as it is, for whoever does it to end in the same commit. */
  readonly except?: string;
}

/** Links that go in the commit that also ends jobs. */
const linksBesideJobs = 20;

/**
 * With all that it holds elsewhere, also links that other tools left under any hypervisor: nobody could remove them once it is gone.
 * A job that somebody works on is left: whoever does will find the guest gone. Each commit has room for 16 compares and writes more.
 */
export async function removeGuest(
  context: Context,
  guest: Guest,
  { guards, except }: GuestRemovalOptions,
): Promise<Change<DeletedGuest> | Step> {
  const keys = await getGuestKeys(context, guest);
  const [jobs, addresses, links] = await Promise.all([
    storedJobsOf(context, guest.id),
    addressesOf(context, guest, keys),
    linksAnywhere(context, guest.id),
  ]);
  const given = jobs.filter((stored) => isUnfinished(stored) && !stored.isClaimed && stored.job.id !== except);
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
