import { expect, it } from 'vitest';
import { guest, hypervisor, jobId, jobOf, placedGuest, unplacedGuest } from '../mutation/guest-fixture.ts';
import { id } from '../support/record.ts';
import { openEvents } from './event-reader.ts';
import type { Space } from './subscription-contract.ts';

const document = `subscription ($filter: JobFilter) {
  jobChanged(filter: $filter) { type jobId revision job { id status action guest { id } } }
}`;

const short = `subscription ($filter: JobFilter) { jobChanged(filter: $filter) { type jobId job { status } } }`;

export function jobEvents(space: Space): void {
  it('tells how a job was made, went on, ended and was removed', async () => {
    const { putAll, remove } = space();
    await putAll(unplacedGuest());
    const events = await openEvents(space(), document);
    const made = await putAll(jobOf(1));
    const working = await putAll(jobOf(1, { status: 'working', remote: 'r1' }));
    const done = await putAll(jobOf(1, { status: 'done' }));
    const removed = await remove(`jobs/${jobId(1)}`);
    const job = (status: string) => ({ id: jobId(1), status, action: 'create', guest: { id: guest } });
    expect(await events.take(4)).toEqual([
      { type: 'CREATED', jobId: jobId(1), revision: String(made), job: job('NEW') },
      { type: 'UPDATED', jobId: jobId(1), revision: String(working), job: job('WORKING') },
      { type: 'UPDATED', jobId: jobId(1), revision: String(done), job: job('DONE') },
      { type: 'DELETED', jobId: jobId(1), revision: String(removed), job: null },
    ]);
  });

  it('takes neither a lock nor a key of others for a job', async () => {
    const { put, putAll } = space();
    const events = await openEvents(space(), short);
    await put(`jobs/${jobId(1)}.lock`, 'mine');
    await put(`jobs/${jobId(1)}/below`, 'x');
    await put('jobs/none', '{}');
    await putAll(jobOf(1));
    expect(await events.next()).toMatchObject({ type: 'CREATED', jobId: jobId(1) });
  });

  it('tells a filter of a job that comes to it and leaves it', async () => {
    const { putAll } = space();
    const events = await openEvents(space(), short, { variables: { filter: { statuses: ['WORKING'] } } });
    await putAll(jobOf(1));
    await putAll(jobOf(1, { status: 'working' }));
    await putAll(jobOf(1, { status: 'done' }));
    await putAll(jobOf(1, { status: 'new' }));
    await putAll(jobOf(2, { status: 'working' }));
    const told = await events.take(3);
    expect(told.map(({ jobId: job, job: { status } }) => [job, status])).toEqual([
      [jobId(1), 'WORKING'],
      [jobId(1), 'DONE'],
      [jobId(2), 'WORKING'],
    ]);
  });

  it.each([
    ['ids', { ids: [jobId(2)] }],
    ['guests', { guestIds: [id('c', 2).toUpperCase()] }],
    ['an action', { action: 'start' }],
    ["the agent's id", { remoteId: 'r2' }],
  ])('can be told of some jobs alone, by %s', async (_what, filter) => {
    const { putAll } = space();
    const events = await openEvents(space(), short, { variables: { filter } });
    await putAll(jobOf(1));
    await putAll(jobOf(2, { guest: id('c', 2), action: 'start', remote: 'r2' }));
    expect(await events.next()).toMatchObject({ type: 'CREATED', jobId: jobId(2) });
  });

  it('can be told of the jobs of one hypervisor, to the end of the one that deletes the guest', async () => {
    const { putAll, services } = space();
    await putAll(placedGuest());
    const events = await openEvents(space(), short, { variables: { filter: { hypervisorId: hypervisor } } });
    await putAll(jobOf(1, { guest: id('c', 9) }));
    await putAll(jobOf(2, { action: 'delete' }));
    await services.store.commit({
      compares: [],
      writes: [
        { type: 'delete', range: { start: `lochness/guests/${guest}/`, end: `lochness/guests/${guest}0` } },
        {
          type: 'put',
          key: `lochness/jobs/${jobId(2)}`,
          value: Buffer.from(jobOf(2, { status: 'done' })[`jobs/${jobId(2)}`] ?? ''),
        },
      ],
    });
    expect(await events.take(2)).toEqual([
      { type: 'CREATED', jobId: jobId(2), job: { status: 'NEW' } },
      { type: 'UPDATED', jobId: jobId(2), job: { status: 'DONE' } },
    ]);
  });

  it('tells of a record that can not be read, and says so where it is asked for', async () => {
    const { put } = space();
    const events = await openEvents(space(), short);
    await put(`jobs/${jobId(1)}`, 'no JSON');
    expect(await events.result()).toMatchObject({
      data: { jobChanged: { type: 'CREATED', jobId: jobId(1), job: null } },
      errors: [{ path: ['jobChanged', 'job'], extensions: { code: 'BROKEN_RECORD' } }],
    });
  });

  it.each([
    ['ids', { ids: ['x'] }],
    ['guestIds', { guestIds: ['x'] }],
    ['hypervisorId', { hypervisorId: 'x' }],
  ])('refuses an id in %s that is none', async (field, filter) => {
    const refused = openEvents(space(), short, { variables: { filter } });
    await expect(refused).rejects.toMatchObject({ extensions: [{ code: 'BAD_USER_INPUT', field }] });
  });
}
