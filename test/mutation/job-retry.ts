import { expect, it } from 'vitest';
import { guestActions } from '../../src/resolvers/job-action.ts';
import { isActionAllowed } from '../../src/resolvers/mutation/guest-action-rule.ts';
import { jobRecord } from '../support/record.ts';
import {
  guest,
  heartbeat,
  hypervisor,
  inventory,
  jobId,
  jobOf,
  newestJob,
  other,
  placedGuest,
  stateOf,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';
import type { MutationSpace } from './mutation-space.ts';

const retry = `mutation ($id: ID!) {
  retryJob(id: $id) { job { id action status guestId remoteId error createdAt startedAt finishedAt guest { state } } }
}`;
const asked = { variables: { id: jobId(1) } };
const jobKey = `jobs/${jobId(1)}`;
const world = { ...inventory, ...heartbeat, ...placedGuest() };

/** What the first try of a job left behind. */
const tried = {
  remote: 'r1',
  status: 'error',
  started_at: '2026-11-22T23:00:13Z',
  finished_at: '2026-11-22T23:00:14Z',
  error: 'no space left',
  created_at: '2026-11-22T23:00:12Z',
  posted_after: 'none',
};
const failed = (action: string, number = 1) => jobOf(number, { action, ...tried });

/** The record of `failed` when it is to be done again. */
function again(action: string, fields: Readonly<Record<string, unknown>> = {}) {
  const { created_at } = tried;
  return { [jobKey]: jobRecord({ guest, action, error: '', created_at, posted_after: '', ...fields }) };
}

/** A guest with a failed job, whose link came in the commit of the job: as when it was placed. */
async function putFailed({ putAll }: MutationSpace, action: string, state: string): Promise<void> {
  await putAll({ ...world, ...stateOf(state), ...failed(action), ...newestJob(1) });
}

/** The same with a link that was there before: the guest was placed by an earlier commit. */
async function putLaterFailed({ putAll }: MutationSpace, action: string, state: string): Promise<void> {
  await putAll(world);
  await putAll({ ...stateOf(state), ...failed(action), ...newestJob(1) });
}

export function jobRetrying(space: Space): void {
  it('has the same job done again, with nothing left of its first try', async () => {
    const { query, changesOf, revision } = space();
    await putLaterFailed(space(), 'reboot', 'RUNNING');
    const before = await revision();
    const changes = await changesOf(async () => {
      expect((await query(retry, { variables: { id: jobId(1).toUpperCase() } })).retryJob.job).toEqual({
        id: jobId(1),
        action: 'reboot',
        status: 'NEW',
        guestId: guest,
        remoteId: null,
        error: null,
        createdAt: tried.created_at,
        startedAt: null,
        finishedAt: null,
        guest: { state: 'RUNNING' },
      });
    });
    expect(changes).toEqual(again('reboot'));
    expect(await revision()).toBe(before + 1);
  });

  it('keeps what it does not know in the record, and its place among the jobs', async () => {
    const { putAll, query, changesOf, store } = space();
    const placed = await putAll({ ...world, ...stateOf('RUNNING'), ...failed('start'), ...newestJob(1) });
    await putAll({ [jobKey]: `{"ours":18446744073709551615,${failed('start')[jobKey]?.slice(1)}` });
    const changes = await changesOf(() => query(retry, asked));
    expect(changes).toEqual({ [jobKey]: `{"ours":18446744073709551615,${again('start')[jobKey]?.slice(1)}` });
    const { results } = await store.read({ ranges: [{ start: `lochness/${jobKey}` }] });
    expect(results[0]?.entries[0]?.createRevision).toBe(placed);
  });

  it('lets others hear of it by the key of the newest job, also where that is another one', async () => {
    const { putAll, query, changesOf, store } = space();
    await putLaterFailed(space(), 'start', 'STOPPED');
    await putAll({ ...jobOf(2, { status: 'done' }), ...newestJob(2) });
    const before = await space().revision();
    expect(await changesOf(() => query(retry, asked))).toEqual(again('start'));
    const { results } = await store.read({ ranges: [{ start: `lochness/guests/${guest}/jobs` }] });
    expect(results[0]?.entries[0]).toMatchObject({ value: Buffer.from(jobId(2)), modRevision: before + 1 });
  });

  it.each([
    ['fetch', 'ERROR'],
    ['create', 'ERROR'],
    ['fetch', 'PENDING'],
    ['create', 'CREATING'],
  ])('has a guest that is to be created by a job to %s it, and is %s, wait for that', async (action, state) => {
    const { query, changesOf } = space();
    await putFailed(space(), action, state);
    const changes = await changesOf(async () => {
      expect((await query(retry, asked)).retryJob.job.guest.state).toBe('PENDING');
    });
    expect(changes).toEqual({ ...again(action), ...(state === 'PENDING' ? {} : stateOf('PENDING')) });
  });

  it('creates a guest again whose creation began with a fetch for a guest that its agent had lost', async () => {
    const { query, changesOf } = space();
    await putLaterFailed(space(), 'create', 'ERROR');
    expect(await changesOf(() => query(retry, asked))).toEqual({ ...again('create'), ...stateOf('PENDING') });
  });

  it.each(['RUNNING', 'STOPPED', 'SUSPENDED', 'ERROR', 'UNKNOWN'])(
    'fetches the image of a guest that is %s again, and leaves its state: it may be there',
    async (state) => {
      const { query, changesOf } = space();
      await putLaterFailed(space(), 'fetch', state);
      expect(await changesOf(() => query(retry, asked))).toEqual(again('fetch'));
    },
  );

  it('does not take a guest for uncreated that had a later job done', async () => {
    const { putAll, query, errorsOf, changesOf } = space();
    await putFailed(space(), 'fetch', 'ERROR');
    await putAll({ ...jobOf(2, { action: 'start', status: 'done' }), ...newestJob(2) });
    expect(await changesOf(() => query(retry, asked))).toEqual(again('fetch'));
    await putAll(failed('create'));
    const changes = await changesOf(async () => {
      expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state: 'ERROR', path: 'retryJob' }]);
    });
    expect(changes).toEqual({});
  });

  it('creates a guest again that had jobs done where it was placed before', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...jobOf(2, { status: 'done' }), ...jobOf(3, { action: 'start', status: 'done' }) });
    await putFailed(space(), 'fetch', 'ERROR');
    expect(await changesOf(() => query(retry, asked))).toEqual({ ...again('fetch'), ...stateOf('PENDING') });
  });

  it.each(['RUNNING', 'STOPPED', 'SUSPENDED', 'UNKNOWN', 'DELETING'])(
    'does not create a guest again that is %s: its agent would overwrite it',
    async (state) => {
      const { errorsOf, changesOf } = space();
      await putFailed(space(), 'create', state);
      const changes = await changesOf(async () => {
        expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state, path: 'retryJob' }]);
      });
      expect(changes).toEqual({});
    },
  );

  it.each(['PENDING', 'CREATING', 'DELETING'])(
    'does not fetch an image again for a guest that is %s for other jobs',
    async (state) => {
      const { errorsOf, changesOf } = space();
      await putLaterFailed(space(), 'fetch', state);
      const changes = await changesOf(async () => {
        expect(await errorsOf(retry, asked)).toMatchObject([{ code: 'INVALID_STATE', state }]);
      });
      expect(changes).toEqual({});
    },
  );

  it.each(['RUNNING', 'STOPPED', 'PENDING', 'ERROR', 'UNKNOWN', 'DELETING'])(
    'has a guest that is %s be deleted when the job is to delete it',
    async (state) => {
      const { query, changesOf } = space();
      await putLaterFailed(space(), 'delete', state);
      const changes = await changesOf(async () => {
        expect((await query(retry, asked)).retryJob.job.guest.state).toBe('DELETING');
      });
      expect(changes).toEqual({ ...again('delete'), ...(state === 'DELETING' ? {} : stateOf('DELETING')) });
    },
  );

  const states = ['PENDING', 'CREATING', 'RUNNING', 'STOPPED', 'SUSPENDED', 'DELETING', 'ERROR', 'UNKNOWN'] as const;
  it.each(states)('has each action done again that may be done to a guest that is %s', async (state) => {
    const { errorsOf, changesOf } = space();
    for (const action of guestActions) {
      await putLaterFailed(space(), action, state);
      const isAllowed = isActionAllowed(state, action);
      const changes = await changesOf(async () => {
        const errors = await errorsOf(retry, asked);
        expect(errors).toEqual(isAllowed ? [] : [{ code: 'INVALID_STATE', state, path: 'retryJob' }]);
      });
      expect(changes).toEqual(isAllowed ? again(action) : {});
    }
  });

  it.each([
    ['new', 'NEW'],
    ['working', 'WORKING'],
    ['done', 'DONE'],
    ['paused', 'UNKNOWN'],
  ])('refuses a job whose status is %s', async (status, state) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...world, ...stateOf('RUNNING'), ...jobOf(1, { action: 'start', status }), ...newestJob(1) });
    const changes = await changesOf(async () => {
      expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state, path: 'retryJob' }]);
    });
    expect(changes).toEqual({});
  });

  it.each(['select-hypervisor', 'Start', 'migrate'])("refuses another tool's job, as one to %s", async (action) => {
    const { errorsOf, changesOf } = space();
    await putLaterFailed(space(), action, 'RUNNING');
    const changes = await changesOf(async () => {
      expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state: 'ERROR', path: 'retryJob' }]);
    });
    expect(changes).toEqual({});
  });

  it.each(['fetch', 'create', 'delete', 'start'])('refuses a job to %s a guest that is gone, or unplaced', async (action) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...failed(action) });
    const changes = await changesOf(async () => {
      expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state: 'ERROR', path: 'retryJob' }]);
    });
    expect(changes).toEqual({});
    await putAll({ ...unplacedGuest(), ...newestJob(1), ...stateOf('ERROR') });
    const later = await changesOf(async () => {
      expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state: 'UNPLACED', path: 'retryJob' }]);
    });
    expect(later).toEqual({});
  });

  it.each(['new', 'working'])('refuses a job whose guest has another one that is %s', async (status) => {
    const { putAll, errorsOf, changesOf } = space();
    await putLaterFailed(space(), 'start', 'STOPPED');
    await putAll({ ...jobOf(2, { action: 'fetch', status }), ...newestJob(2) });
    const changes = await changesOf(async () => {
      expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state: 'STOPPED', path: 'retryJob' }]);
    });
    expect(changes).toEqual({});
  });

  it("does not mind jobs that are finished, another tool's, or another guest's", async () => {
    const { putAll, query, changesOf } = space();
    await putLaterFailed(space(), 'start', 'STOPPED');
    await putAll({
      ...jobOf(2, { status: 'done' }),
      ...jobOf(3, { action: 'select-hypervisor' }),
      ...jobOf(4, { guest: other }),
    });
    await putAll({ ...failed('start', 5), ...jobOf(6, { action: 'migrate', status: 'working' }), ...newestJob(5) });
    expect(await changesOf(() => query(retry, asked))).toEqual(again('start'));
  });

  it('refuses a job whose lock somebody holds', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putLaterFailed(space(), 'start', 'STOPPED');
    await putAll({ [`${jobKey}.lock`]: 'theirs' });
    const changes = await changesOf(async () => {
      expect(await errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state: 'ERROR', path: 'retryJob' }]);
    });
    expect(changes).toEqual({});
  });

  it('says which job is refused, and why', async () => {
    const { putAll, run } = space();
    await putLaterFailed(space(), 'shutdown', 'STOPPED');
    const message = async () => (await run(retry, asked)).result.errors?.[0]?.message;
    const retrying = `Retrying the job ${jobId(1)} (shutdown) is refused`;
    expect(await message()).toBe(`${retrying} for the guest ${guest}, which is STOPPED: it does not run`);
    await putAll(jobOf(2, { action: 'start' }));
    expect(await message()).toBe(`${retrying} for the guest ${guest}: its job ${jobId(2)} (start) is NEW, and comes first`);
    await putAll(jobOf(1, { action: 'shutdown', status: 'done' }));
    expect(await message()).toBe(`${retrying}, since it is DONE: only one that failed is retried`);
  });

  it('knows no job that is not there', async () => {
    const { errorsOf } = space();
    expect(await errorsOf(retry, asked)).toEqual([{ code: 'NOT_FOUND', kind: 'JOB', id: jobId(1), path: 'retryJob' }]);
    expect(await errorsOf(retry, { variables: { id: 'x' } })).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'id' }]);
  });

  it('names the record of a job, or of its guest, that cannot be read', async () => {
    const { putAll, put, errorsOf } = space();
    await putAll({ [jobKey]: '{' });
    expect(await errorsOf(retry, asked)).toMatchObject([{ code: 'BROKEN_RECORD', key: `lochness/${jobKey}` }]);
    await putLaterFailed(space(), 'start', 'STOPPED');
    await put(`guests/${guest}/metadata`, '{');
    expect(await errorsOf(retry, asked)).toMatchObject([{ code: 'BROKEN_RECORD', key: `lochness/guests/${guest}/metadata` }]);
  });

  it.each([
    ['the guest runs', stateOf('RUNNING'), 'RUNNING'],
    ['the guest is given a job', { ...jobOf(2), ...newestJob(2) }, 'ERROR'],
    ['the guest is unplaced', { ...unplacedGuest() }, 'UNPLACED'],
    ['somebody takes its lock', { [`${jobKey}.lock`]: 'theirs' }, 'ERROR'],
    ['another tool has it done', jobOf(1, { status: 'done' }), 'DONE'],
  ])('judges again when %s at the same time', async (_what, meanwhile, state) => {
    const { putAll, raced, changesOf } = space();
    await putFailed(space(), 'create', 'ERROR');
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(retry, asked)).toMatchObject([{ code: 'INVALID_STATE', state }]);
    });
    expect(changes).toEqual(meanwhile);
  });

  it('keeps what another tool writes into the record at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putLaterFailed(space(), 'start', 'STOPPED');
    const gateway = await raced(() => putAll(jobOf(1, { action: 'start', ...tried, theirs: 1 })));
    expect(await changesOf(() => gateway.query(retry, asked))).toEqual(again('start', { theirs: 1 }));
  });

  it('is refused as one that is NEW already to the second of two at the same time', async () => {
    const { query, raced, changesOf } = space();
    await putLaterFailed(space(), 'start', 'STOPPED');
    const gateway = await raced(() => query(retry, asked));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(retry, asked)).toEqual([{ code: 'INVALID_STATE', state: 'NEW', path: 'retryJob' }]);
    });
    expect(changes).toEqual(again('start'));
  });

  it('lets one of two failed jobs of a guest be done again at a time', async () => {
    const { putAll, query, raced, changesOf } = space();
    await putLaterFailed(space(), 'start', 'STOPPED');
    await putAll({ ...failed('start', 2), ...newestJob(2) });
    const gateway = await raced(() => query(retry, asked));
    const changes = await changesOf(async () => {
      const errors = await gateway.errorsOf(retry, { variables: { id: jobId(2) } });
      expect(errors).toMatchObject([{ code: 'INVALID_STATE', state: 'STOPPED' }]);
    });
    expect(changes).toEqual(again('start'));
  });

  it('answers a repeated request like the first one', async () => {
    const { query, changesOf } = space();
    await putFailed(space(), 'create', 'ERROR');
    const options = { ...asked, idempotencyKey: 'once' };
    const first = await query(retry, options);
    const changes = await changesOf(async () => expect(await query(retry, options)).toEqual(first));
    expect(changes).toEqual({});
  });

  it('finds the keys in the spelling of another tool', async () => {
    const { putAll, query, changesOf } = space();
    const upper = (text: string) => text.toUpperCase();
    const [job, link] = [jobId(1).replace('7', 'A'), `hypervisors/${upper(hypervisor)}/guests/${upper(guest)}`];
    const record = (fields: object) =>
      jobRecord({ guest: upper(guest), action: 'fetch', error: '', posted_after: '', ...fields });
    await putAll({
      [`guests/${upper(guest)}/metadata`]: placedGuest({ hypervisor: upper(hypervisor) })[`guests/${guest}/metadata`] ?? '',
      [`guests/${upper(guest)}/state`]: stateOf('ERROR')[`guests/${guest}/state`] ?? '',
      [`hypervisors/${upper(hypervisor)}/metadata`]: inventory[`hypervisors/${hypervisor}/metadata`] ?? '',
      [link]: guest,
      [`jobs/${upper(job)}`]: record(tried),
    });
    const changes = await changesOf(() => query(retry, { variables: { id: job } }));
    expect(changes).toEqual({
      [`jobs/${upper(job)}`]: record({ created_at: tried.created_at }),
      [`guests/${upper(guest)}/jobs`]: job.toLowerCase(),
      [`guests/${upper(guest)}/state`]: stateOf('PENDING')[`guests/${guest}/state`],
    });
  });
}
