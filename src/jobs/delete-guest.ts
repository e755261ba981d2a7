import { AgentError } from '../agent/index.ts';
import type { Context } from '../context.ts';
import { isAbsent, recordKey } from '../resolvers/commit/index.ts';
import { removeGuest } from '../resolvers/mutation/guest-removal.ts';
import { directoryOf } from '../resolvers/stored-directory.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Compare } from '../store/store.ts';
import { HypervisorGoneError, JobFailedError } from './job-error.ts';
import { doRemotely } from './remote-work.ts';
import type { Work } from './work.ts';

/** Has the agent delete the guest, and then removes all that it holds in the store. Its commit ends the job too. */
export async function deleteGuest(work: Work): Promise<void> {
  try {
    if (work.job.hypervisorId !== null) await deleteAtAgent(work);
  } catch (error) {
    // Nothing runs there any more.
    if (!(error instanceof HypervisorGoneError)) throw error;
  }
  while (!(await removeSome(work)));
}

async function deleteAtAgent({ job, line }: Work): Promise<void> {
  const { guestId } = job.job;
  const isGone = async () => {
    const known = await line.ask((client, agent, signal) => client.getGuest(agent, guestId, signal));
    return known === null;
  };
  await doRemotely({
    job,
    line,
    action: 'delete',
    send: async (client, agent, sending) => {
      try {
        return { remoteId: await client.startAction(agent, guestId, 'delete', sending) };
      } catch (error) {
        // It says so too where it can't delete anything.
        if (error instanceof AgentError && error.status === 404 && (await isGone())) return 'done';
        throw error;
      }
    },
    effect: async () => ((await isGone()) ? 'done' : 'none'),
  });
}

/** Whether that was the last commit of it. */
async function removeSome({ job }: Work): Promise<boolean> {
  let isLast = false;
  await job.change(async (context) => {
    const done = { status: 'DONE', error: null, finishedAt: context.now().toISOString() } as const;
    const guest = await context.loaders.GUEST.get(job.job.guestId);
    isLast = true;
    if (guest === null)
      return { changes: done, compares: [isAbsent(context.keys.record('GUEST', job.job.guestId))], isEnd: true };
    const removal = await removeGuest(context, guest, {
      guards: await guardsOf(context, guest, job.hypervisorId),
      except: job.job.id,
    });
    isLast = removal.type === 'commit';
    return { changes: isLast ? done : {}, compares: removal.compares, writes: removal.writes, isEnd: isLast };
  });
  return isLast;
}

/** It is still where it was deleted; or its hypervisor is gone. */
async function guardsOf(context: Context, guest: Guest, hypervisorId: string | null): Promise<Compare[]> {
  if (guest.hypervisorId !== hypervisorId) {
    throw new JobFailedError(`The guest ${guest.id} came to another hypervisor while it was deleted: ${guest.hypervisorId}`);
  }
  if (hypervisorId === null) return [];
  const hypervisor = await directoryOf(context, 'HYPERVISOR', hypervisorId);
  return hypervisor.record === null ? [isAbsent(recordKey(hypervisor))] : [];
}
