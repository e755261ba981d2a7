import { JobFailedError } from './job-error.ts';
import type { Work } from './work.ts';

export interface WaitedWork extends Work {
  /** What the agent was told to do. */
  readonly action: string;
  /** Whether the agent shows it as done. For an agent that has forgotten the job, as after a crash. */
  readonly tookEffect: () => Promise<boolean>;
}

const firstPollMs = 50;
const longestPollMs = 2000;
const pollGrowth = 1.5;

/** Waits until the agent has done it. Fails with a JobFailedError where it says that it can't, or no longer knows it. */
export async function untilDone({ job: { job }, line, action, tookEffect }: WaitedWork): Promise<void> {
  const { remoteId } = job;
  if (remoteId === null) throw new Error(`The job ${job.id} has not begun`);
  for (let pauseMs = firstPollMs; ; pauseMs = Math.min(longestPollMs, pauseMs * pollGrowth)) {
    await line.pause(pauseMs);
    const remote = await line.ask((client, agent, signal) => client.getJob(agent, remoteId, signal));
    if (remote?.status === 'COMPLETE') return;
    if (remote?.status === 'ERROR') throw new JobFailedError(remote.message || `The agent failed to ${action}, without a reason`);
    if (remote !== null) continue;
    if (await tookEffect()) return;
    throw new JobFailedError(`The agent no longer knows job ${remoteId}: it failed, or the agent was restarted`);
  }
}
