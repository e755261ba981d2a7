import { expect, it } from 'vitest';
import { id } from '../support/record.ts';
import {
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  jobId,
  jobOf,
  newestJob,
  other,
  placedGuest,
  stateOf,
  stateRecord,
  subnet,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const remove = `mutation ($id: ID!, $ifRevision: Revision) {
  deleteGuest(id: $id, ifRevision: $ifRevision) { deletedId guest { id state } job { id action status guestId createdAt } }
}`;
const asked = { variables: { id: guest } };
const record = `guests/${guest}/metadata`;
const link = `hypervisors/${hypervisor}/guests/${guest}`;
const address = `subnets/${subnet}/addresses/${ip}`;
const hypervisorKey = `hypervisors/${hypervisor}/metadata`;
const gone = { deletedId: guest, guest: null, job: null };

/** The keys of entries, as those that are removed. */
function removed(entries: Readonly<Record<string, string>>): Readonly<Record<string, null>> {
  return Object.fromEntries(Object.keys(entries).map((key) => [key, null]));
}

const reservation = { [`guests/${guest}/reservation`]: `${subnet}/${ip}`, [address]: guest };

export function guestDeletion(space: Space): void {
  it('removes an unplaced guest at once, with its reservation and its jobs', async () => {
    const { putAll, query, changesOf, revision, ownEntries } = space();
    const own = { ...unplacedGuest(), ...reservation, ...jobOf(1), ...newestJob(1), [`guests/${guest}/more/keys`]: 'x' };
    await putAll({
      ...inventory,
      ...own,
      [`guests/${other}/metadata`]: unplacedGuest()[record] ?? '',
      [`subnets/${subnet}/addresses/10.0.0.8`]: other,
      [`gateway/references/guests/${guest}`]: '',
    });
    const before = await revision();
    const changes = await changesOf(async () => {
      expect((await query(remove, { variables: { id: guest.toUpperCase() } })).deleteGuest).toEqual(gone);
    });
    expect(changes).toEqual(removed(own));
    expect(await ownEntries('references/')).toEqual({});
    expect(await revision()).toBe(before + 1);
  });

  it('does not free a reserved address that is not, or no longer, held for the guest', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest(), ...reservation, [address]: other });
    const changes = await changesOf(() => query(remove, asked));
    expect(changes).toEqual(removed({ [record]: '', [`guests/${guest}/reservation`]: '' }));
  });

  it('leaves jobs of an unplaced guest that are finished, worked on, or not for the gateway', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({
      ...inventory,
      ...unplacedGuest(),
      ...jobOf(1, { status: 'done' }),
      ...jobOf(2),
      [`jobs/${jobId(2)}.lock`]: 'me',
      ...jobOf(3, { action: 'select-hypervisor' }),
      ...jobOf(4, { status: 'working' }),
    });
    const changes = await changesOf(() => query(remove, asked));
    const error = 'Its guest was deleted before it was done';
    const ended = jobOf(4, { status: 'error', finished_at: '1970-01-01T00:00:00.000Z', error });
    expect(changes).toEqual({ [record]: null, ...ended });
  });

  it('removes an unplaced guest with more jobs than one commit holds', async () => {
    const { putAll, query, changesOf } = space();
    const jobs = Object.assign({}, ...Array.from({ length: 95 }, (_, index) => jobOf(index + 1)));
    await putAll({ ...inventory, ...unplacedGuest() });
    await putAll({ ...jobs, ...newestJob(95) });
    expect(await changesOf(() => query(remove, asked))).toEqual(removed({ [record]: '', ...jobs, ...newestJob(1) }));
  });

  it.each(['RUNNING', 'PENDING', 'ERROR'])('gives a placed guest that is %s a job that deletes it', async (state) => {
    const { putAll, query, changesOf, revision } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest(), ...stateOf(state), ...jobOf(1), ...newestJob(1) });
    const before = await revision();
    let created = '';
    const changes = await changesOf(async () => {
      const { deletedId, guest: left, job } = (await query(remove, asked)).deleteGuest;
      expect(deletedId).toBeNull();
      expect(left).toEqual({ id: guest, state: 'DELETING' });
      created = job.id;
      expect(job).toEqual({
        id: created,
        action: 'delete',
        status: 'NEW',
        guestId: guest,
        createdAt: '1970-01-01T00:00:00.000Z',
      });
    });
    const zero = '0001-01-01T00:00:00Z';
    expect(changes).toEqual({
      [`guests/${guest}/state`]: stateRecord('DELETING'),
      [`guests/${guest}/jobs`]: created,
      [`jobs/${created}`]: `{"id":"${created}","remote":"","action":"delete","guest":"${guest}","status":"new","started_at":"${zero}","finished_at":"${zero}","created_at":"1970-01-01T00:00:00.000Z"}`,
    });
    expect(await revision()).toBe(before + 1);
  });

  it('waits for the agent of a hypervisor that is dead, or whose record cannot be read', async () => {
    const { put, putAll, query } = space();
    await putAll({ ...inventory, ...placedGuest() });
    await put(hypervisorKey, '{');
    const { deletedId, job } = (await query(remove, asked)).deleteGuest;
    expect(deletedId).toBeNull();
    expect(job.action).toBe('delete');
  });

  it.each(['new', 'working'])('answers with the job that is to delete the guest already and is %s', async (status) => {
    const { putAll, query, changesOf } = space();
    const job = jobOf(1, { action: 'delete', status });
    await putAll({ ...inventory, ...placedGuest(), ...stateOf('DELETING'), ...job, ...newestJob(1), ...jobOf(2) });
    const changes = await changesOf(async () => {
      expect((await query(remove, asked)).deleteGuest).toMatchObject({
        deletedId: null,
        guest: { id: guest, state: 'DELETING' },
        job: { id: jobId(1), action: 'delete' },
      });
    });
    expect(changes).toEqual({});
  });

  it.each([null, 'once'])(
    'does not answer with such a job that is taken away at the same time (key %j)',
    async (idempotencyKey) => {
      const { putAll, query, raced, entries } = space();
      const job = jobOf(1, { action: 'delete' });
      await putAll({ ...inventory, ...placedGuest(), ...stateOf('DELETING'), ...job, ...newestJob(1) });
      const gateway = await raced(() => query('mutation ($id: ID!) { unplaceGuest(guestId: $id) { guest { id } } }', asked));
      expect((await gateway.query(remove, { ...asked, idempotencyKey })).deleteGuest).toEqual(gone);
      expect(await entries()).toEqual(inventory);
    },
  );

  it('gives a guest a second such job when the first one failed', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest(), ...stateOf('ERROR'), ...jobOf(1, { action: 'delete', status: 'error' }) });
    const changes = await changesOf(async () => {
      expect((await query(remove, asked)).deleteGuest.job.id).not.toBe(jobId(1));
    });
    expect(Object.keys(changes)).toHaveLength(3);
  });

  it('makes one job of two requests at the same time', async () => {
    const { putAll, query, raced, entries } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest(), ...stateOf('RUNNING') });
    let first = '';
    const gateway = await raced(async () => {
      first = (await query(remove, asked)).deleteGuest.job.id;
    });
    expect((await gateway.query(remove, asked)).deleteGuest.job.id).toBe(first);
    expect(Object.keys(await entries()).filter((key) => key.startsWith('jobs/'))).toEqual([`jobs/${first}`]);
  });

  it('releases and removes a guest at once when the record of its hypervisor is gone', async () => {
    const { putAll, remove: removeKey, query, changesOf } = space();
    const job = jobOf(1, { action: 'delete' });
    const own = { ...placedGuest(), ...stateOf('DELETING'), ...job, ...newestJob(1) };
    await putAll({
      ...inventory,
      ...heartbeat,
      ...own,
      [`hypervisors/${hypervisor}/guests/${other}`]: other,
      [`subnets/${subnet}/addresses/10.0.0.8`]: other,
    });
    await removeKey(hypervisorKey);
    const changes = await changesOf(async () => {
      expect((await query(remove, asked)).deleteGuest).toEqual(gone);
    });
    expect(changes).toEqual(removed(own));
  });

  it('leaves the deletion to the agent when the hypervisor is registered again at the same time', async () => {
    const { putAll, remove: removeKey, raced, entries } = space();
    await putAll({ ...inventory, ...placedGuest() });
    await removeKey(hypervisorKey);
    const gateway = await raced(() => putAll({ [hypervisorKey]: inventory[hypervisorKey] ?? '' }));
    expect((await gateway.query(remove, asked)).deleteGuest).toMatchObject({ deletedId: null, guest: { state: 'DELETING' } });
    expect(await entries()).toMatchObject(placedGuest());
  });

  it('deletes a guest only at the revision that is asked for', async () => {
    const { putAll, query, errorsOf, changesOf } = space();
    const old = await putAll({ ...inventory, ...unplacedGuest() });
    const now = await putAll(unplacedGuest());
    const at = (ifRevision: number | null) => ({
      variables: { id: guest, ifRevision: ifRevision === null ? null : String(ifRevision) },
    });
    const changes = await changesOf(async () => {
      const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now), path: 'deleteGuest' };
      expect(await errorsOf(remove, at(old))).toEqual([conflict]);
      expect(await errorsOf(remove, at(null))).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'ifRevision' }]);
      expect(await errorsOf(remove, { variables: { id: 'x' } })).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'id' }]);
    });
    expect(changes).toEqual({});
    await query(remove, at(now));
  });

  it('knows no guest that is not there, and of which nothing is left', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, [`hypervisors/${hypervisor}/guests/${other}`]: other, [`guests/${guest}/theirs`]: 'x' });
    const changes = await changesOf(async () => {
      expect(await errorsOf(remove, asked)).toEqual([{ code: 'NOT_FOUND', kind: 'GUEST', id: guest, path: 'deleteGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it('removes what is left of a guest whose record is gone: links, its reservation, its state', async () => {
    const { putAll, query, errorsOf, changesOf } = space();
    const left = {
      [link]: guest,
      [`hypervisors/${id('d', 2)}/guests/${guest.toUpperCase()}`]: guest,
      ...stateOf('RUNNING'),
      ...newestJob(1),
      ...reservation,
    };
    const theirs = { [`hypervisors/${hypervisor}/guests/${other}`]: other, [`guests/${guest}/theirs`]: 'x' };
    await putAll({ ...inventory, ...left, ...theirs });
    const changes = await changesOf(async () => {
      expect((await query(remove, asked)).deleteGuest).toEqual(gone);
    });
    expect(changes).toEqual(removed(left));
    expect(await errorsOf(remove, asked)).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('removes more links of a guest that is gone than one commit holds', async () => {
    const { putAll, query, changesOf } = space();
    const links = Array.from({ length: 130 }, (_, index) => `hypervisors/${id('d', index)}/guests/${guest}`);
    await putAll(Object.fromEntries(links.slice(0, 65).map((key) => [key, guest])));
    await putAll(Object.fromEntries(links.slice(65).map((key) => [key, guest])));
    expect(await changesOf(() => query(remove, asked))).toEqual(Object.fromEntries(links.map((key) => [key, null])));
  });

  it('leaves the link of a guest that comes into being at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat, [link]: guest, [address]: guest });
    // The record comes last.
    const gateway = await raced(() => putAll({ [record]: placedGuest()[record] ?? '' }));
    const changes = await changesOf(async () => {
      expect((await gateway.query(remove, asked)).deleteGuest).toMatchObject({ deletedId: null, guest: { id: guest } });
    });
    expect(changes).toMatchObject({ [record]: placedGuest()[record] });
    expect(changes).not.toHaveProperty([link]);
    expect(changes).not.toHaveProperty([address]);
  });

  it.each([
    ['an address is reserved for it', reservation, { ...unplacedGuest(), ...reservation }],
    ['it is given a job', { ...jobOf(1), ...newestJob(1) }, { ...unplacedGuest(), ...jobOf(1), ...newestJob(1) }],
  ])('leaves nothing behind when %s at the same time', async (_what, meanwhile, own) => {
    const { putAll, raced, entries } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const gateway = await raced(() => putAll(meanwhile));
    expect((await gateway.query(remove, asked)).deleteGuest).toEqual(gone);
    expect(Object.keys(await entries()).filter((key) => Object.hasOwn(own, key))).toEqual([]);
  });

  it('has a job delete a guest that is placed at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat, ...unplacedGuest() });
    const gateway = await raced(() => putAll(placedGuest()));
    const changes = await changesOf(async () => {
      expect((await gateway.query(remove, asked)).deleteGuest).toMatchObject({ deletedId: null, guest: { state: 'DELETING' } });
    });
    expect(changes).toMatchObject(placedGuest());
  });

  it('does not free an address that somebody else was given at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest(), ...reservation });
    const gateway = await raced(() => putAll({ [address]: other }));
    const changes = await changesOf(() => gateway.query(remove, asked));
    expect(changes).toEqual({ [record]: null, [`guests/${guest}/reservation`]: null, [address]: other });
  });

  it('answers a repeated request like the first one, also when the guest is gone', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const options = { ...asked, idempotencyKey: 'once' };
    expect((await query(remove, options)).deleteGuest).toEqual(gone);
    const changes = await changesOf(async () => expect((await query(remove, options)).deleteGuest).toEqual(gone));
    expect(changes).toEqual({});
  });
}
