import type { Context } from '../../context.ts';
import { encodeJob } from '../../store/entities/job.ts';
import { subkeys } from '../../store/keys.ts';
import type { Key } from '../../store/range.ts';
import type { Compare, Write } from '../../store/store.ts';
import { put } from '../commit/index.ts';
import type { GatewayAction } from '../job-action.ts';
import { isNewId } from './new-node.ts';

export interface NewJob {
  readonly jobId: string;
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
}

/** A `create` is what a `fetch` goes on to. */
export type NewAction = Exclude<GatewayAction, 'create'>;

export interface NewJobOptions {
  readonly guestId: string;
  /** Of the guest, as stored. */
  readonly directory: Key;
  readonly action: NewAction;
}

/** A job that nobody has begun yet. It becomes the guest's newest one; that its `jobs` key is as it was read is for the caller to compare. */
export function newJob({ keys, newId, now }: Context, { guestId, directory, action }: NewJobOptions): NewJob {
  const jobId = newId();
  const record = encodeJob({
    id: jobId,
    action,
    status: 'NEW',
    guestId,
    remoteId: null,
    error: null,
    createdAt: now().toISOString(),
    startedAt: null,
    finishedAt: null,
  });
  return {
    jobId,
    compares: isNewId(keys, jobId),
    writes: [put(keys.record('JOB', jobId), record), put(directory + subkeys.jobs, jobId)],
  };
}
