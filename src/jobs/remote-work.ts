import type { AgentJob } from '../agent/index.ts';
import type { Send } from './agent-line.ts';
import { JobFailedError } from './job-error.ts';
import { decodeMark, encodeMark, type Mark } from './mark.ts';
import { untilDone } from './until-done.ts';
import type { Work } from './work.ts';

/** As many as an agent keeps. */
export const rememberedJobs = 1000;

/**
 * What the agent shows of a request that it names no job for. `half`: it began, and will not go on, as a guest that it was creating when
 * it crashed. `none`: nothing, or nothing that proves it.
 */
export type Effect = 'done' | 'half' | 'none';

/** The agent's id of the job that it began; `done` where there is nothing left to wait for. */
export type Begun = { readonly remoteId: string } | 'done';

export interface RemoteWork extends Work {
  /** As the agent calls it. */
  readonly action: string;
  readonly send: Send<Begun>;
  readonly effect: (mark: Mark) => Promise<Effect>;
}

/**
 * Has the agent begin its part of a job, once, and records its id of it. `done`: there is nothing left to wait for.
 *
 * Between the request and the writing of that id everything can break. So first a mark is written (see mark.ts). Whoever finds a mark
 * without an id, this gateway or another one, looks for a job that the agent began since: in its list, which has the newest first, it
 * stands before the marked one. Only where there is none, and the agent shows no effect of it either, the request is sent again. Nothing here
 * goes by the agent's clock, which may differ from ours.
 */
async function beginRemote(work: RemoteWork): Promise<'begun' | 'done'> {
  const { job, line, send } = work;
  if (job.job.remoteId !== null) return 'begun';
  const find = () => findBegun(work);
  if (job.job.postedAfter === null) await job.update({ postedAfter: await lookBefore(work) });
  // Where the mark is not of a moment ago somebody died behind it, or could not write what he knew.
  const earlier = job.takeFreshMark() ? null : await line.findUnsettled(find);
  const begun = earlier ?? (await line.begin(send, find));
  if (begun === 'done') return 'done';
  await job.update({ remoteId: begun.remoteId, status: 'WORKING' });
  return 'begun';
}

/** Has the agent do its part of a job, once, and waits until it is done. */
export async function doRemotely(work: RemoteWork): Promise<void> {
  if ((await beginRemote(work)) === 'done') return;
  const tookEffect = async () => (await work.effect(markOf(work.job.job.postedAfter))) === 'done';
  await untilDone({ ...work, tookEffect });
}

/** The mark to write before a request is sent. */
export async function lookBefore({ job, line }: Work): Promise<string> {
  const { guestId } = job.job;
  const [[newest], guest] = await Promise.all([
    line.ask((client, agent, signal) => client.listJobs(agent, guestId, 1, signal)),
    line.ask((client, agent, signal) => client.getGuest(agent, guestId, signal)),
  ]);
  return job.keepFreshMark(encodeMark({ newestJobId: newest?.id ?? null, knewGuest: guest !== null }));
}

/** Null: the agent has not begun. Fails where nobody can know that. */
async function findBegun({ job: { job }, line, action, effect }: RemoteWork): Promise<Begun | null> {
  const mark = markOf(job.postedAfter);
  const jobs = await line.ask((client, agent, signal) => client.listJobs(agent, job.guestId, rememberedJobs, signal));
  const marked = jobs.findIndex(({ id }) => id === mark.newestJobId);
  const begun = (marked < 0 ? jobs : jobs.slice(0, marked)).find((remote) => isIt(remote, job.guestId, action));
  if (begun !== undefined) return { remoteId: begun.id };
  const shown = await effect(mark);
  if (shown === 'done') return 'done';
  const hasForgotten = mark.newestJobId !== null && marked < 0 && jobs.length < rememberedJobs;
  if (shown === 'none' && !hasForgotten) return null;
  throw new JobFailedError(`The agent was restarted while it was asked to ${action}: whether it did is not known`);
}

function isIt(remote: AgentJob, guestId: string, action: string): boolean {
  return remote.guestId === guestId && remote.action === action;
}

/** A job that another program began has none: then nothing is known of before. */
function markOf(text: string | null): Mark {
  return text === null ? { newestJobId: null, knewGuest: false } : decodeMark(text);
}
