import { expect, it } from 'vitest';
import { hypervisorRecord } from '../support/record.ts';
import {
  clearedRecord,
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
  subnet,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const unplace = 'mutation ($id: ID!) { unplaceGuest(guestId: $id) { guest { id state } } }';
const asked = { variables: { id: guest } };
const record = `guests/${guest}/metadata`;
const link = `hypervisors/${hypervisor}/guests/${guest}`;
const address = `subnets/${subnet}/addresses/${ip}`;

/** What goes from `placedGuest`. */
const released = { [record]: clearedRecord, [link]: null, [address]: null };

/** What others do between reading and commit. */
export function guestUnplacingRaces(space: Space): void {
  const raceWorld = { ...inventory, ...placedGuest(), ...jobOf(1), ...newestJob(1) };

  it.each([
    ['its hypervisor comes back', stateOf('RUNNING'), heartbeat, 'RUNNING'],
    ['somebody claims its job', stateOf('RUNNING'), { [`jobs/${jobId(1)}.lock`]: 'me' }, 'RUNNING'],
    [
      'somebody begins its job',
      stateOf('PENDING'),
      { ...jobOf(1, { status: 'working' }), [`jobs/${jobId(1)}.lock`]: 'me' },
      'PENDING',
    ],
    ['it begins to run', { ...stateOf('PENDING'), ...heartbeat }, stateOf('RUNNING'), 'RUNNING'],
    ['its state becomes known', heartbeat, stateOf('RUNNING'), 'RUNNING'],
  ])('leaves the guest as it is when %s at the same time', async (_what, world, meanwhile, state) => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...raceWorld, ...world });
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(unplace, asked)).toEqual([{ code: 'INVALID_STATE', state, path: 'unplaceGuest' }]);
    });
    expect(changes).toEqual(meanwhile);
  });

  it('leaves the guest as it is when its hypervisor is registered again at the same time', async () => {
    const { putAll, remove, raced, changesOf } = space();
    await putAll({ ...raceWorld, ...heartbeat, ...stateOf('RUNNING') });
    await remove(`hypervisors/${hypervisor}/metadata`);
    const meanwhile = { [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord() };
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(unplace, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'RUNNING' }]);
    });
    expect(changes).toEqual(meanwhile);
  });

  it('keeps what somebody else writes into the record at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest() });
    const gateway = await raced(() => putAll({ [record]: placedGuest({ metadata: { name: 'web' } })[record] ?? '' }));
    const changes = await changesOf(() => gateway.query(unplace, asked));
    expect(changes).toEqual({ ...released, [record]: unplacedGuest({ metadata: { name: 'web' } })[record] });
  });

  it('keeps a job that somebody else ends at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...raceWorld, ...stateOf('PENDING') });
    const done = jobOf(1, { status: 'done' });
    const gateway = await raced(() => putAll(done));
    const changes = await changesOf(() => gateway.query(unplace, asked));
    expect(changes).toEqual({ ...released, ...done, [`guests/${guest}/state`]: null });
  });

  it('takes away a job that is given to the guest at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...raceWorld, ...stateOf('PENDING') });
    const gateway = await raced(() => putAll({ ...jobOf(2), ...newestJob(2) }));
    const changes = await changesOf(() => gateway.query(unplace, asked));
    expect(changes).toEqual({
      ...released,
      [`guests/${guest}/state`]: null,
      [`guests/${guest}/jobs`]: null,
      [`jobs/${jobId(1)}`]: null,
    });
  });

  it('frees what the guest holds when it is moved by another tool at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    const moved = {
      ...placedGuest({ ip: '10.0.0.8' }),
      [`subnets/${subnet}/addresses/10.0.0.8`]: guest,
      [address]: other,
    };
    await putAll({ ...inventory, ...placedGuest() });
    const gateway = await raced(() => putAll(moved));
    const changes = await changesOf(() => gateway.query(unplace, asked));
    expect(changes).toEqual({ [record]: clearedRecord, [link]: null, [address]: other });
  });

  it('does not free an address that somebody else was given at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest() });
    const gateway = await raced(() => putAll({ [address]: other }));
    const changes = await changesOf(() => gateway.query(unplace, asked));
    expect(changes).toEqual({ [record]: clearedRecord, [link]: null, [address]: other });
  });

  const manyJobs = { ...placedGuest(), ...stateOf('PENDING'), ...newestJob(60) };
  for (let number = 1; number <= 60; number++) Object.assign(manyJobs, jobOf(number));
  it('lets others hear that jobs are ended, while more of them are to be', async () => {
    const { store, putAll, raced, changesOf } = space();
    await putAll(inventory);
    const before = await putAll(manyJobs);
    const between = async () => {
      const { results } = await store.read({ ranges: [{ start: `lochness/guests/${guest}/jobs` }] });
      const [key] = results[0]?.entries ?? [];
      expect(key?.value.toString()).toBe(jobId(60));
      expect(key?.modRevision).toBe(before + 1);
    };
    const gateway = await raced(() => undefined, between);
    const changes = await changesOf(() => gateway.query(unplace, asked));
    expect(Object.values(changes).filter((value) => value === null)).toHaveLength(64);
    expect.assertions(3);
  });

  it('ends none of many jobs of a guest that begins to run at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat });
    await putAll(manyJobs);
    const gateway = await raced(() => putAll(stateOf('RUNNING')));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(unplace, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'RUNNING' }]);
    });
    expect(changes).toEqual(stateOf('RUNNING'));
  });
}
