import { encodeRecord, type RecordFields, readRecord } from '../codec.ts';
import type { Revision } from '../store.ts';
import { toUtcDateTime, zeroTime } from '../values/date-time.ts';
import type { Changes, Entity, RecordSource } from './entity.ts';
import { anyText, uuid } from './text-format.ts';

export const jobStatuses = ['NEW', 'WORKING', 'DONE', 'ERROR', 'UNKNOWN'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export interface Job extends Entity {
  readonly kind: 'JOB';
  /** The order of jobs: a newer one has a higher one. */
  readonly createRevision: Revision;
  readonly action: string;
  readonly status: JobStatus;
  readonly guestId: string;
  /** The agent's own id of the job; null until it accepted it. */
  readonly remoteId: string | null;
  readonly error: string | null;
  /**
   * The gateway's own mark, put before a request is sent that makes the agent begin a job; what it says is for jobs/mark.ts. With it and
   * without a remote id, nobody knows whether the agent has begun. Null: nothing was sent.
   */
  readonly postedAfter: string | null;
  /** RFC 3339 in UTC, up to nanoseconds; null: not yet, or not recorded. */
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** UNKNOWN is what is read where a record has no status that we know: it is never written. */
export interface JobRecord extends Omit<Job, 'kind' | 'revision' | 'createRevision' | 'postedAfter'> {
  readonly status: Exclude<JobStatus, 'UNKNOWN'>;
  /** Left out for null. */
  readonly postedAfter?: string | null;
}

const statusOfText: ReadonlyMap<string, JobStatus> = new Map(jobStatuses.map((status) => [status.toLowerCase(), status]));

export function decodeJob({ id, record }: RecordSource): Job {
  const fields = readRecord(record.value);
  return {
    kind: 'JOB',
    id,
    revision: record.modRevision,
    createRevision: record.createRevision,
    action: fields.text('action'),
    status: statusOfText.get(fields.text('status')) ?? 'UNKNOWN',
    guestId: fields.required('guest', uuid),
    remoteId: fields.optional('remote', anyText),
    error: fields.optional('error', anyText),
    postedAfter: fields.optional('posted_after', anyText),
    // A text that is no time is shown as none: a job whose guest and status can be read is not lost for it.
    createdAt: toUtcDateTime(fields.text('created_at')),
    startedAt: toUtcDateTime(fields.text('started_at')),
    finishedAt: toUtcDateTime(fields.text('finished_at')),
  };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function jobFields(job: Changes<JobRecord>): RecordFields {
  return {
    id: job.id,
    remote: job.remoteId,
    action: job.action,
    guest: job.guestId,
    error: job.error,
    status: job.status?.toLowerCase(),
    started_at: job.startedAt === null ? zeroTime : job.startedAt,
    finished_at: job.finishedAt === null ? zeroTime : job.finishedAt,
    created_at: job.createdAt ?? undefined,
    posted_after: job.postedAfter,
  };
}

/** Like Go, writes no error where there is none. */
export function encodeJob(job: JobRecord): Buffer {
  return encodeRecord({ ...jobFields(job), error: job.error ?? undefined, posted_after: job.postedAfter ?? undefined });
}
