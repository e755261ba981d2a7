import { type AgentGuest, reportedGuestState } from '../agent/index.ts';
import type { Mark } from './mark.ts';
import { newAgentGuest } from './new-guest.ts';
import { doRemotely, type Effect } from './remote-work.ts';
import { requireGuest } from './require-guest.ts';
import type { Work } from './work.ts';

/** Has the agent create the guest, which has its image. An agent that is told twice overwrites what it has: so it is told once. */
export async function createGuest({ job, line }: Work): Promise<void> {
  const { guestId } = job.job;
  const context = job.look();
  const guest = await newAgentGuest(context, await requireGuest(context, guestId));
  await doRemotely({
    job,
    line,
    action: 'create',
    send: async (client, agent, sending) => ({ remoteId: await client.createGuest(agent, guest, sending) }),
    effect: async (mark) => {
      const known = await line.ask((client, agent, signal) => client.getGuest(agent, guestId, signal));
      return effectOf(mark, known);
    },
  });
}

/** A guest that was there before proves nothing. */
function effectOf({ knewGuest }: Mark, known: AgentGuest | null): Effect {
  if (known === null || knewGuest) return 'none';
  return reportedGuestState(known.state) === 'CREATING' ? 'half' : 'done';
}
