import type { Context } from '../../context.ts';
import { type Guest, type GuestState, guestFields } from '../../store/entities/guest.ts';
import { subkeys } from '../../store/keys.ts';
import type { Compare } from '../../store/store.ts';
import { getBelow } from '../below.ts';
import { commit, type Decision, isAbsent, type Mutation, recordKey, rewrite } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { directoryOf, type StoredDirectory } from '../stored-directory.ts';
import { guestIsStill } from './guest-guard.ts';
import { addressesOf, linksTo, removalOf } from './guest-holding.ts';
import { invalidState } from './invalid-state.ts';
import { linksAnywhere, stepOfLinks } from './stale-link.ts';
import { endJobs, isUnfinished, jobsKeyWithout, type StoredJob, stepOfJobs, storedJobsOf } from './unfinished-job.ts';

type Unplacing = Decision<{ readonly guestId: string }>;

/** Of the record. The MAC stays: it is the guest's own. */
const nowhere = guestFields({ hypervisorId: null, subnetId: null, ip: null, bridge: null });

/** Takes a guest off its hypervisor in the store alone. */
export function unplaceGuest(mutation: Mutation, { guestId }: { readonly guestId: string }) {
  return commit(mutation, async (context) => {
    const guest = await requireNode(context.loaders.GUEST, uuidOf('guestId', guestId));
    if (guest.hypervisorId === null) return removeRemains(context, guest);
    return unplace(context, guest, await directoryOf(context, 'HYPERVISOR', guest.hypervisorId));
  });
}

async function unplace(context: Context, guest: Guest, hypervisor: StoredDirectory): Promise<Unplacing> {
  const keys = await getGuestKeys(context, guest);
  const [jobs, links, addresses, isAbandoned] = await Promise.all([
    storedJobsOf(context, guest.id),
    linksTo(context, hypervisor, guest.id),
    addressesOf(context, guest, keys),
    requireAbandoned(context, guest, hypervisor),
  ]);
  const given = jobs.filter(isUnfinished);
  requireUnclaimed(guest, given);
  const ending = { guest, jobs, given, reason: 'Its guest was unplaced before it was done' };
  const guards = [...guestIsStill(guest, keys), ...isAbandoned];
  const ended = endJobs(context, ending);
  const released = removalOf([keys.state, addresses.placed, ...links]);
  return (
    stepOfJobs(context, ending, guards) ?? {
      type: 'commit',
      compares: [...guards, ...ended.compares, ...released.compares],
      writes: [...(await rewrite(context, guest, nowhere)), ...ended.writes, ...jobsKeyWithout(ending), ...released.writes],
      result: { guestId: guest.id },
    }
  );
}

/** Whatever its hypervisor does: in these states nothing is known to run there. */
const mayNotRun: ReadonlySet<GuestState> = new Set(['PENDING', 'ERROR', 'UNKNOWN']);

/** Fails where the guest runs, or may run, on a hypervisor that is alive. Answers what must hold so that it does not. */
async function requireAbandoned(context: Context, guest: Guest, hypervisor: StoredDirectory): Promise<Compare[]> {
  if (mayNotRun.has(guest.state)) return [];
  if (hypervisor.record === null) return [isAbsent(recordKey(hypervisor))];
  if ((await getBelow(context, hypervisor, subkeys.heartbeat)) === null) {
    return [isAbsent(hypervisor.directory + subkeys.heartbeat)];
  }
  const why = `The guest ${guest.id} is ${guest.state} on the hypervisor ${guest.hypervisorId}, which is alive`;
  throw invalidState(guest, `${why}: only its agent can take it from there, by a job that deletes it`);
}

function requireUnclaimed(guest: Guest, unfinished: readonly StoredJob[]): void {
  const claimed = unfinished.find(({ isClaimed }) => isClaimed);
  if (claimed === undefined) return;
  throw invalidState(guest, `The job ${claimed.job.id} (${claimed.job.action}) of the guest ${guest.id} is being worked on`);
}

/**
 * The guest is unplaced, and other tools may have left links to it, its address held, or its record naming a subnet. Fails with
 * INVALID_STATE where they have not.
 */
async function removeRemains(context: Context, guest: Guest): Promise<Unplacing> {
  const keys = await getGuestKeys(context, guest);
  const [links, addresses] = await Promise.all([linksAnywhere(context, guest.id), addressesOf(context, guest, keys)]);
  if (links.length === 0 && addresses.placed === null && guest.subnetId === null) {
    throw invalidState(guest, `The guest ${guest.id} is unplaced already`);
  }
  const guards = guestIsStill(guest, keys);
  const released = removalOf([keys.state, addresses.placed, ...links]);
  return (
    stepOfLinks(links, guards) ?? {
      type: 'commit',
      compares: [...guards, ...released.compares],
      writes: [...(await rewrite(context, guest, nowhere)), ...released.writes],
      result: { guestId: guest.id },
    }
  );
}
