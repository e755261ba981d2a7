import { type ReportedGuestState, reportedGuestState } from '../agent/index.ts';
import type { GuestAction } from '../resolvers/job-action.ts';
import type { GuestState } from '../store/entities/guest.ts';
import { doRemotely } from './remote-work.ts';
import { requireGuest } from './require-guest.ts';
import type { Work } from './work.ts';

/** What the agent shows of a guest once the action is done. Null: it shows nothing that was not so before. */
const shown: Readonly<Record<GuestAction, ReportedGuestState | null>> = {
  start: 'RUNNING',
  shutdown: 'STOPPED',
  reboot: null,
  restart: null,
  poweroff: 'STOPPED',
  suspend: 'SUSPENDED',
};

/** Has the agent do something to the guest that it runs. */
export async function actOnGuest({ job, line }: Work, action: GuestAction): Promise<void> {
  const { guestId, remoteId } = job.job;
  const { state } = await requireGuest(job.look(), guestId);
  const report = async () => {
    const known = await line.ask((client, agent, signal) => client.getGuest(agent, guestId, signal));
    return known === null ? null : reportedGuestState(known.state);
  };
  if (action === 'start' && remoteId === null && isRunning(state, state === 'RUNNING' ? await report() : null)) return;
  await doRemotely({
    job,
    line,
    action,
    send: async (client, agent, sending) => ({ remoteId: await client.startAction(agent, guestId, action, sending) }),
    effect: async () => (shown[action] !== null && (await report()) === shown[action] ? 'done' : 'none'),
  });
}

/** Nothing is to be started. A simple agent's word stays `create`: then the record says it. */
function isRunning(state: GuestState, reported: ReportedGuestState | null): boolean {
  return state === 'RUNNING' && (reported === 'RUNNING' || reported === 'CREATING');
}
