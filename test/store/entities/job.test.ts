import { describe, expect, it } from 'vitest';
import { rewriteRecord } from '../../../src/store/codec.ts';
import { decodeJob, encodeJob, type Job, type JobRecord, jobFields } from '../../../src/store/entities/job.ts';
import { entry, id, reasonOf } from './fixture.ts';

const guest = 'e51154b5-7dca-4064-81f4-99bbb5b10e79';

function decode(fields: Record<string, unknown>): Job {
  const record = entry(`lochness/jobs/${id}`, JSON.stringify({ guest, ...fields }));
  return decodeJob({ id, directory: record.key, record });
}

describe('decodeJob', () => {
  it('reads a job that failed', () => {
    expect(
      decode({
        id,
        remote: 'fe080435',
        action: 'reboot',
        error: 'no <x>',
        status: 'error',
        started_at: '2015-12-01T05:20:30.123456789-05:00',
        finished_at: '2015-12-01T10:20:31Z',
        created_at: '2015-12-01T10:20:29.5Z',
        posted_after: 'none',
      }),
    ).toEqual({
      kind: 'JOB',
      id,
      revision: 7,
      createRevision: 3,
      action: 'reboot',
      status: 'ERROR',
      guestId: guest,
      remoteId: 'fe080435',
      error: 'no <x>',
      postedAfter: 'none',
      createdAt: '2015-12-01T10:20:29.5Z',
      startedAt: '2015-12-01T10:20:30.123456789Z',
      finishedAt: '2015-12-01T10:20:31Z',
    });
  });

  it('reads one of the Go tools that has not begun', () => {
    const zero = '0001-01-01T00:00:00Z';
    const job = decode({ remote: '', action: 'select-hypervisor', status: 'new', started_at: zero, finished_at: zero });
    expect(job).toMatchObject({ action: 'select-hypervisor', status: 'NEW', remoteId: null, error: null });
    expect(job).toMatchObject({ postedAfter: null, createdAt: null, startedAt: null, finishedAt: null });
  });

  it.each([
    ['new', 'NEW'],
    ['working', 'WORKING'],
    ['done', 'DONE'],
    ['error', 'ERROR'],
    ['', 'UNKNOWN'],
    [null, 'UNKNOWN'],
    ['unknown', 'UNKNOWN'],
    ['Done', 'UNKNOWN'],
    ['paused', 'UNKNOWN'],
    ['constructor', 'UNKNOWN'],
  ])('has the status %j as %s', (status, expected) => {
    expect(decode({ status }).status).toBe(expected);
    expect(decode({}).status).toBe('UNKNOWN');
  });

  it('is read though a time of it is not', () => {
    expect(decode({ started_at: 'yesterday', finished_at: '2015-02-30T00:00:00Z' })).toMatchObject({
      startedAt: null,
      finishedAt: null,
    });
  });

  it.each([
    [{ guest: '' }, 'guest is missing'],
    [{ guest: 'agent' }, 'guest is "agent", which is no UUID'],
    [{ started_at: 5 }, 'started_at is 5, which is no text'],
    [{ status: 1 }, 'status is 1, which is no text'],
    [{ posted_after: 1 }, 'posted_after is 1, which is no text'],
  ])('refuses %j: %s', (fields, reason) => {
    expect(reasonOf(() => decode(fields))).toBe(reason);
  });
});

describe('encodeJob', () => {
  const job: JobRecord = {
    id,
    remoteId: null,
    action: 'fetch',
    guestId: guest,
    error: null,
    status: 'NEW',
    startedAt: null,
    finishedAt: null,
    createdAt: '2026-11-22T23:00:13Z',
  };

  it("writes a new job with Go's zero times, and without an error", () => {
    expect(encodeJob(job).toString()).toBe(
      `{"id":"${id}","remote":"","action":"fetch","guest":"${guest}","status":"new","started_at":"0001-01-01T00:00:00Z","finished_at":"0001-01-01T00:00:00Z","created_at":"2026-11-22T23:00:13Z"}`,
    );
  });

  it('writes an error between guest and status, where Go has it', () => {
    expect(encodeJob({ ...job, error: 'no', status: 'ERROR' }).toString()).toContain(
      `"guest":"${guest}","error":"no","status":"error"`,
    );
  });

  it('writes what was there before a request was sent as a last field', () => {
    expect(encodeJob({ ...job, postedAfter: 'none' }).toString()).toBe(
      encodeJob(job).toString().replace('}', ',"posted_after":"none"}'),
    );
    expect(encodeJob({ ...job, postedAfter: null })).toEqual(encodeJob(job));
  });

  it('empties remote, error and posted_after of a stored job that is tried again', () => {
    const begun = { remoteId: 'r', postedAfter: 'none', startedAt: '2026-11-22T23:00:14Z' };
    const stored = encodeJob({ ...job, ...begun, error: 'no', status: 'ERROR' });
    const fields = jobFields({ remoteId: null, error: null, postedAfter: null, status: 'NEW', startedAt: null });
    const again = rewriteRecord(stored, fields);
    expect(JSON.parse(again.toString())).toMatchObject({ remote: '', error: '', posted_after: '' });
    const record = entry(`lochness/jobs/${id}`, again);
    expect(decodeJob({ id, directory: record.key, record })).toMatchObject({ ...job, postedAfter: null, status: 'NEW' });
  });
});
