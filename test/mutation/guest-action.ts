import { expect, it } from 'vitest';
import { guestActions } from '../../src/resolvers/job-action.ts';
import { guestRecord } from '../support/record.ts';
import {
  guest,
  heartbeat,
  inventory,
  jobId,
  jobOf,
  mac,
  newestJob,
  other,
  placedGuest,
  stateOf,
  stateRecord,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const act = `mutation ($id: ID!, $action: GuestAction!) {
  guestAction(guestId: $id, action: $action) { guest { id state } job { id action status guestId startedAt } }
}`;
const fetchImage = `mutation ($id: ID!) {
  fetchImage(guestId: $id) { guest { id state } job { id action status guestId startedAt } }
}`;
const to = (action: string, id = guest) => ({ variables: { id, action } });
const asked = { variables: { id: guest } };
const world = { ...inventory, ...heartbeat, ...placedGuest() };
const isThere = ['RUNNING', 'STOPPED', 'SUSPENDED', 'ERROR', 'UNKNOWN'];
const isNotThere = ['PENDING', 'CREATING', 'DELETING'];

/** The keys that a new job puts. */
function given(id: string, action: string) {
  const zero = '0001-01-01T00:00:00Z';
  const times = `"started_at":"${zero}","finished_at":"${zero}","created_at":"1970-01-01T00:00:00.000Z"`;
  return {
    [`guests/${guest}/jobs`]: id,
    [`jobs/${id}`]: `{"id":"${id}","remote":"","action":"${action}","guest":"${guest}","status":"new",${times}}`,
  };
}

export function guestActing(space: Space): void {
  it.each(guestActions)('gives a running guest a job to %s, and leaves its state', async (action) => {
    const { putAll, query, changesOf, revision } = space();
    await putAll({ ...world, ...stateOf('RUNNING'), ...jobOf(1, { status: 'done' }), ...newestJob(1) });
    const before = await revision();
    let id = '';
    const changes = await changesOf(async () => {
      const { guest: left, job } = (await query(act, to(action.toUpperCase(), guest.toUpperCase()))).guestAction;
      expect(left).toEqual({ id: guest, state: 'RUNNING' });
      id = job.id;
      expect(job).toEqual({ id, action, status: 'NEW', guestId: guest, startedAt: null });
    });
    expect(changes).toEqual(given(id, action));
    expect(await revision()).toBe(before + 1);
  });

  it('gives one to a guest of the Go tools, whose state nobody recorded', async () => {
    const { putAll, query, changesOf } = space();
    await putAll(world);
    const changes = await changesOf(async () => {
      expect((await query(act, to('SHUTDOWN'))).guestAction.guest.state).toBe('UNKNOWN');
    });
    expect(Object.keys(changes)).toHaveLength(2);
  });

  it.each([
    ...isNotThere.flatMap((state) => guestActions.map((action) => [state, action] as const)),
    ['STOPPED', 'shutdown'],
    ['STOPPED', 'reboot'],
    ['STOPPED', 'suspend'],
  ] as const)('refuses, for a guest that is %s, to %s it', async (state, action) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...world, ...stateOf(state), ...jobOf(1, { status: 'error' }), ...newestJob(1) });
    const changes = await changesOf(async () => {
      expect(await errorsOf(act, to(action.toUpperCase()))).toEqual([{ code: 'INVALID_STATE', state, path: 'guestAction' }]);
    });
    expect(changes).toEqual({});
  });

  it('refuses it for a guest that is unplaced, whatever jobs another tool left it, or not there', async () => {
    const { putAll, errorsOf, changesOf } = space();
    expect(await errorsOf(act, to('START'))).toEqual([{ code: 'NOT_FOUND', kind: 'GUEST', id: guest, path: 'guestAction' }]);
    await putAll({ ...inventory, ...unplacedGuest(), ...stateOf('RUNNING'), ...jobOf(1, { action: 'start' }) });
    const changes = await changesOf(async () => {
      const refused = { code: 'INVALID_STATE', state: 'UNPLACED', path: 'guestAction' };
      expect(await errorsOf(act, to('START'))).toEqual([refused]);
      expect(await errorsOf(act, to('START', 'x'))).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'guestId' }]);
    });
    expect(changes).toEqual({});
  });

  it('says what is refused, for which guest, and why', async () => {
    const { putAll, run } = space();
    await putAll({ ...world, ...stateOf('STOPPED') });
    const { result } = await run(act, to('SUSPEND'));
    expect(result.errors?.[0]?.message).toBe(`SUSPEND is refused for the guest ${guest}, which is STOPPED: it does not run`);
  });

  it('names the job that it is judged after', async () => {
    const { putAll, run } = space();
    await putAll({ ...world, ...stateOf('RUNNING'), ...jobOf(1, { action: 'poweroff', status: 'working' }) });
    await putAll({ ...jobOf(2, { action: 'fetch' }), ...newestJob(2) });
    const { result } = await run(act, to('SUSPEND'));
    expect(result.errors?.[0]?.message).toBe(
      `SUSPEND is refused for the guest ${guest}, which counts as STOPPED since its job ${jobId(1)} (poweroff) comes first: it does not run`,
    );
  });

  /** In the order in which they are made, which is not that of their ids. */
  const queues: readonly (readonly [state: string, queue: readonly string[], action: string, refused: string | null])[] = [
    ['RUNNING', ['poweroff'], 'SHUTDOWN', 'STOPPED'],
    ['RUNNING', ['poweroff', 'start'], 'SHUTDOWN', null],
    ['STOPPED', ['start'], 'SHUTDOWN', null],
    ['STOPPED', ['start', 'shutdown'], 'REBOOT', 'STOPPED'],
    ['RUNNING', ['suspend'], 'SHUTDOWN', null],
    ['RUNNING', ['delete'], 'START', 'DELETING'],
    ['UNKNOWN', ['delete'], 'START', 'DELETING'],
    ['PENDING', ['fetch'], 'START', 'PENDING'],
    ['CREATING', ['create'], 'POWEROFF', 'CREATING'],
    ['ERROR', ['create'], 'START', 'PENDING'],
    ['RUNNING', ['fetch'], 'SUSPEND', null],
    ['STOPPED', ['fetch'], 'SUSPEND', 'STOPPED'],
    ['STOPPED', ['select-hypervisor', 'whatever'], 'START', null],
  ];

  it.each(queues)('judges a guest that is %s, behind %j: to %s it is refused as %s', async (state, queue, action, refused) => {
    const { putAll, query, errorsOf, changesOf } = space();
    await putAll({ ...world, ...stateOf(state) });
    const numbers = queue.map((_, index) => queue.length - index);
    for (const [index, one] of queue.entries()) {
      await putAll(jobOf(numbers[index] ?? 0, { action: one, status: index === 0 ? 'working' : 'new' }));
    }
    await putAll({ ...newestJob(1), ...jobOf(8, { action: 'shutdown', guest: other }) });
    await putAll({ ...jobOf(9, { action: 'poweroff', status: 'error' }), ...jobOf(10, { action: 'start', status: 'done' }) });
    const changes = await changesOf(async () => {
      if (refused === null) await query(act, to(action));
      else expect(await errorsOf(act, to(action))).toMatchObject([{ code: 'INVALID_STATE', state: refused }]);
    });
    expect(Object.keys(changes)).toHaveLength(refused === null ? 2 : 0);
  });

  it.each([
    ['stops', stateOf('STOPPED'), 'STOPPED'],
    ['is given a job', { ...jobOf(1, { action: 'shutdown' }), ...newestJob(1) }, 'STOPPED'],
    ['is unplaced', unplacedGuest(), 'UNPLACED'],
  ])('judges again when the guest %s at the same time', async (_what, meanwhile, state) => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...world, ...stateOf('RUNNING') });
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(act, to('SUSPEND'))).toMatchObject([{ code: 'INVALID_STATE', state }]);
    });
    expect(changes).toEqual(meanwhile);
  });

  it('gives no job to a guest that is deleted at the same time', async () => {
    const { putAll, remove, raced, changesOf } = space();
    await putAll({ ...world, ...stateOf('RUNNING') });
    const gateway = await raced(() => remove(`guests/${guest}/metadata`));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(act, to('START'))).toMatchObject([{ code: 'NOT_FOUND' }]);
    });
    expect(changes).toEqual({ [`guests/${guest}/metadata`]: null });
  });

  it('lets both of two requests at once have their job, one behind the other', async () => {
    const { putAll, query, raced, entries } = space();
    await putAll({ ...world, ...stateOf('RUNNING') });
    let first = '';
    const gateway = await raced(async () => {
      first = (await query(act, to('SHUTDOWN'))).guestAction.job.id;
    });
    const second = (await gateway.query(act, to('START'))).guestAction.job.id;
    const stored = await entries();
    const jobs = Object.keys(stored).filter((key) => key.startsWith('jobs/'));
    expect(new Set(jobs)).toEqual(new Set([`jobs/${first}`, `jobs/${second}`]));
    expect(stored[`guests/${guest}/jobs`]).toBe(second);
  });

  it('answers a repeated request like the first one', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...world, ...stateOf('RUNNING') });
    const options = { ...to('SHUTDOWN'), idempotencyKey: 'once' };
    const first = await query(act, options);
    const changes = await changesOf(async () => expect(await query(act, options)).toEqual(first));
    expect(changes).toEqual({});
  });

  it('finds the keys of a guest in the spelling of another tool', async () => {
    const { putAll, query, changesOf } = space();
    const upper = guest.toUpperCase();
    await putAll({
      [`guests/${upper}/metadata`]: guestRecord({ mac, hypervisor: other }),
      [`guests/${upper}/state`]: stateRecord('RUNNING'),
    });
    let id = '';
    const changes = await changesOf(async () => {
      id = (await query(act, to('REBOOT'))).guestAction.job.id;
    });
    const [, record] = Object.values(given(id, 'reboot'));
    expect(changes).toEqual({ [`guests/${upper}/jobs`]: id, [`jobs/${id}`]: record });
  });
}

export function imageFetching(space: Space): void {
  it.each(isThere)('gives a guest that is %s a job that fetches its image, and leaves its state', async (state) => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...world, ...stateOf(state), ...jobOf(1, { action: 'fetch' }), ...newestJob(1) });
    let id = '';
    const changes = await changesOf(async () => {
      const { guest: left, job } = (await query(fetchImage, asked)).fetchImage;
      expect(left).toEqual({ id: guest, state });
      id = job.id;
      expect(job).toEqual({ id, action: 'fetch', status: 'NEW', guestId: guest, startedAt: null });
    });
    expect(changes).toEqual(given(id, 'fetch'));
  });

  it.each(isNotThere)('refuses to fetch it for a guest that is %s', async (state) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...world, ...stateOf(state) });
    const changes = await changesOf(async () => {
      expect(await errorsOf(fetchImage, asked)).toEqual([{ code: 'INVALID_STATE', state, path: 'fetchImage' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['delete', 'DELETING'],
    ['create', 'PENDING'],
  ])('refuses to fetch it for a guest with an unfinished job to %s it', async (action, state) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...world, ...stateOf('ERROR'), ...jobOf(1, { action }), ...newestJob(1) });
    const changes = await changesOf(async () => {
      expect(await errorsOf(fetchImage, asked)).toMatchObject([{ code: 'INVALID_STATE', state }]);
    });
    expect(changes).toEqual({});
  });

  it('refuses to fetch it for a guest that is unplaced, or not there', async () => {
    const { putAll, errorsOf, changesOf } = space();
    expect(await errorsOf(fetchImage, asked)).toEqual([{ code: 'NOT_FOUND', kind: 'GUEST', id: guest, path: 'fetchImage' }]);
    await putAll({ ...inventory, ...unplacedGuest() });
    const changes = await changesOf(async () => {
      expect(await errorsOf(fetchImage, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'UNPLACED' }]);
      expect(await errorsOf(fetchImage, { variables: { id: 'x' } })).toMatchObject([
        { code: 'BAD_USER_INPUT', field: 'guestId' },
      ]);
    });
    expect(changes).toEqual({});
  });

  it('refuses to fetch it for a guest that is to be deleted at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...world, ...stateOf('RUNNING') });
    const meanwhile = { ...stateOf('DELETING'), ...jobOf(1, { action: 'delete' }), ...newestJob(1) };
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(fetchImage, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'DELETING' }]);
    });
    expect(changes).toEqual(meanwhile);
  });

  it('answers a repeated request to fetch it like the first one', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...world, ...stateOf('RUNNING') });
    const options = { ...asked, idempotencyKey: 'once' };
    const first = await query(fetchImage, options);
    const changes = await changesOf(async () => expect(await query(fetchImage, options)).toEqual(first));
    expect(changes).toEqual({});
  });
}
