import { hasErrorCode, messageOf } from '../errors.ts';
import { type GatewayAction, isGatewayJob } from '../resolvers/job-action.ts';
import { actOnGuest } from './act-on-guest.ts';
import { AgentLine, type AgentLineOptions } from './agent-line.ts';
import { createGuest } from './create-guest.ts';
import { deleteGuest } from './delete-guest.ts';
import { endJob } from './end-job.ts';
import { fetchImage } from './fetch-image.ts';
import { ClaimLostError, JobFailedError } from './job-error.ts';
import type { Work } from './work.ts';

const outagePauseMs = 500;

/**
 * Does a job to its end, from where its record stands. Each step leaves the record so that whoever reads it can go on. Fails with a
 * ClaimLostError where it is no longer this gateway's, and in no other way.
 */
export async function runJob(options: AgentLineOptions): Promise<'done' | 'failed'> {
  const { job } = options;
  const line = new AgentLine(options);
  for (;;) {
    try {
      const error = await failureOf({ job, line });
      if (job.job.status !== 'DONE') await endJob(job, error);
      return error === null ? 'done' : 'failed';
    } catch (error) {
      if (error instanceof ClaimLostError) throw error;
      job.services.log.warn({ jobId: job.job.id, reason: messageOf(error) }, 'a job waits for the store');
      await line.pause(outagePauseMs);
    }
  }
}

/** Does the work. Null when it is done, else why it can't be. */
async function failureOf(work: Work): Promise<string | null> {
  const { job } = work;
  try {
    await doWork(work);
    return null;
  } catch (error) {
    if (error instanceof JobFailedError) return error.message;
    if (hasErrorCode(error, 'BROKEN_RECORD') || hasErrorCode(error, 'AGENT_ERROR')) return error.message;
    if (error instanceof ClaimLostError || isOutage(error)) throw error;
    if (job.lease.lost.aborted) throw new ClaimLostError('The lease of the claim was lost', { cause: error });
    job.services.log.error({ jobId: job.job.id, error }, 'a job ended by an error of the gateway');
    return 'An error of the gateway: its log says more';
  }
}

function isOutage(error: unknown): boolean {
  return hasErrorCode(error, 'STORE_UNAVAILABLE') || hasErrorCode(error, 'REVISION_COMPACTED');
}

async function doWork(work: Work): Promise<void> {
  if (actionOf(work) === 'fetch') await fetchImage(work);
  // Fetching may have made it a job that creates the guest.
  const action = actionOf(work);
  switch (action) {
    case 'fetch':
      return;
    case 'create':
      return createGuest(work);
    case 'delete':
      return deleteGuest(work);
    default:
      return actOnGuest(work, action);
  }
}

function actionOf({ job: { job } }: Work): GatewayAction {
  if (isGatewayJob(job)) return job.action;
  throw new JobFailedError(`Nobody here knows how to ${job.action}`);
}
