import type { AgentImage, AgentJob } from '../agent/index.ts';
import { isStill, isUnchanged } from '../resolvers/commit/index.ts';
import { getGuestKeys } from '../resolvers/guest-keys.ts';
import { putState } from '../resolvers/mutation/guest-state.ts';
import type { Guest } from '../store/entities/guest.ts';
import { subkeys } from '../store/keys.ts';
import type { AgentLine, Send } from './agent-line.ts';
import type { HeldJob } from './held-job.ts';
import { JobFailedError } from './job-error.ts';
import { encodeMark } from './mark.ts';
import { type Begun, lookBefore, rememberedJobs } from './remote-work.ts';
import { requireGuest } from './require-guest.ts';
import { untilDone } from './until-done.ts';
import type { Work } from './work.ts';

const complete = 'complete';
const failed = 'error';
const pollMs = 1000;

/** Has the agent fetch the image of the guest's flavor. Afterwards the job is one that creates the guest, where that is to be done. */
export async function fetchImage({ job, line }: Work): Promise<void> {
  const guest = await requireGuest(job.look(), job.job.guestId);
  const imageId = await imageOf(job, guest);
  await requestImage({ job, line }, { imageId, type: guest.type });
  if (job.job.remoteId !== null) {
    const tookEffect = async () => (await imageStatus(line, imageId)) === complete;
    await untilDone({ job, line, action: 'fetch the image', tookEffect });
  }
  await goOn({ job, line });
}

/** An agent that is asked twice for an image has it once: whether it is there, or on its way, is all that has to be known. */
async function requestImage({ job, line }: Work, image: AgentImage): Promise<void> {
  if (job.job.remoteId !== null) return;
  const find = async () => ((await isFetched({ job, line }, image.imageId)) ? 'done' : null);
  if (job.job.postedAfter === null) await job.update({ postedAfter: encodeMark({ newestJobId: null, knewGuest: false }) });
  else if ((await find()) === 'done') return;
  const send: Send<Begun> = async (client, agent, sending) => ({ remoteId: await client.fetchImage(agent, image, sending) });
  const begun = await line.begin(send, find);
  if (begun !== 'done') await job.update({ remoteId: begun.remoteId, status: 'WORKING' });
}

async function imageOf(job: HeldJob, { flavorId }: Guest): Promise<string> {
  const flavor = await job.look().loaders.FLAVOR.get(flavorId);
  if (flavor === null) throw new JobFailedError(`There is no flavor ${flavorId} any more`);
  return flavor.imageId;
}

/** Waits for an image that is on its way. False too for an agent that can't say. */
async function isFetched({ job, line }: Work, imageId: string): Promise<boolean> {
  for (;;) {
    const status = await imageStatus(line, imageId);
    if (status === null || status === failed) return false;
    if (status === complete) return true;
    // Of an agent that was restarted on the way an image stays half fetched.
    const jobs = await line.ask((client, agent, signal) => client.listJobs(agent, job.job.guestId, rememberedJobs, signal));
    if (!jobs.some(isFetching)) return false;
    await line.pause(pollMs);
  }
}

function isFetching({ action, status }: AgentJob): boolean {
  return action === 'fetchImage' && (status === 'QUEUED' || status === 'RUNNING');
}

function imageStatus(line: AgentLine, imageId: string): Promise<string | null> {
  return line.ask((client, agent, signal) => client.getImageStatus(agent, imageId, signal));
}

/** A guest that is being created is created now; another one only where its agent does not know it. */
async function goOn({ job, line }: Work): Promise<void> {
  const { guestId } = job.job;
  const { state } = await requireGuest(job.look(), guestId);
  if (state !== 'CREATING') {
    const known = await line.ask((client, agent, signal) => client.getGuest(agent, guestId, signal));
    if (known !== null) return;
  }
  const postedAfter = await lookBefore({ job, line });
  await job.change(async (context) => {
    const guest = await requireGuest(context, guestId);
    const { state } = await getGuestKeys(context, guest);
    const isBegun = guest.state === 'CREATING' || guest.state === 'DELETING';
    return {
      changes: { action: 'create', status: 'NEW', remoteId: null, postedAfter },
      compares: [isUnchanged(guest), isStill(guest.directory + subkeys.state, state)],
      writes: isBegun ? [] : [putState(guest.directory, 'CREATING', context.now())],
    };
  });
}
