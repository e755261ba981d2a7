import { expect, it } from 'vitest';
import { guestRecord, hypervisorRecord, subnetRecord } from '../support/record.ts';
import {
  clearedRecord,
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  jobId,
  jobOf,
  mac,
  network,
  newestJob,
  other,
  placedGuest,
  stateOf,
  stateRecord,
  subnet,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const unplace = `mutation ($id: ID!) {
  unplaceGuest(guestId: $id) { guest { id revision state hypervisorId subnetId ip bridge mac jobs { totalCount } } }
}`;
const asked = { variables: { id: guest } };
const record = `guests/${guest}/metadata`;
const link = `hypervisors/${hypervisor}/guests/${guest}`;
const address = `subnets/${subnet}/addresses/${ip}`;
const heartbeatKey = `hypervisors/${hypervisor}/heartbeat`;

/** What goes from `placedGuest`. */
const released = { [record]: clearedRecord, [link]: null, [address]: null };
const ended = (number: number) => ({
  [`jobs/${jobId(number)}`]: Object.values(
    jobOf(number, {
      status: 'error',
      finished_at: '1970-01-01T00:00:00.000Z',
      error: 'Its guest was unplaced before it was done',
    }),
  )[0],
});

export function guestUnplacing(space: Space): void {
  it('frees the address, the link, the state and the job of a guest, in one commit', async () => {
    const { putAll, query, changesOf, revision } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest(), ...stateOf('PENDING'), ...jobOf(1), ...newestJob(1) });
    const before = await revision();
    const changes = await changesOf(async () => {
      const data = await query(unplace, { variables: { id: guest.toUpperCase() } });
      expect(data.unplaceGuest.guest).toEqual({
        id: guest,
        revision: String(before + 1),
        state: 'UNPLACED',
        hypervisorId: null,
        subnetId: null,
        ip: null,
        bridge: null,
        mac,
        jobs: { totalCount: 0 },
      });
    });
    expect(changes).toEqual({
      ...released,
      [`guests/${guest}/state`]: null,
      [`guests/${guest}/jobs`]: null,
      [`jobs/${jobId(1)}`]: null,
    });
    expect(await revision()).toBe(before + 1);
  });

  it('keeps what it does not know in the record, and what else lies there', async () => {
    const { putAll, query, changesOf } = space();
    const unknown = (text: string | undefined) => `{"ours":18446744073709551615,${text?.slice(1)}`;
    await putAll({
      ...inventory,
      ...placedGuest(),
      [record]: unknown(placedGuest()[record]),
      [`guests/${guest}/other`]: 'x',
      [`hypervisors/${hypervisor}/guests/${other}`]: other,
      [`subnets/${subnet}/addresses/10.0.0.8`]: other,
    });
    const changes = await changesOf(() => query(unplace, asked));
    expect(changes).toEqual({ ...released, [record]: unknown(clearedRecord) });
  });

  it.each(['PENDING', 'ERROR', 'UNKNOWN'])('unplaces a guest that is %s though its hypervisor is alive', async (state) => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest(), ...stateOf(state) });
    expect(await changesOf(() => query(unplace, asked))).toEqual({ ...released, [`guests/${guest}/state`]: null });
  });

  it('unplaces a guest of the Go tools, whose state nobody recorded', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest() });
    expect(await changesOf(() => query(unplace, asked))).toEqual(released);
  });

  const living = ['CREATING', 'RUNNING', 'STOPPED', 'SUSPENDED', 'DELETING'];

  it.each(living)('does not unplace a guest that is %s on a hypervisor that is alive', async (state) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest(), ...stateOf(state), ...jobOf(1) });
    const changes = await changesOf(async () => {
      expect(await errorsOf(unplace, asked)).toEqual([{ code: 'INVALID_STATE', state, path: 'unplaceGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it.each(living)('unplaces a guest that is %s on a hypervisor without a heartbeat', async (state) => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest(), ...stateOf(state) });
    expect(await changesOf(() => query(unplace, asked))).toEqual({ ...released, [`guests/${guest}/state`]: null });
  });

  it('takes a hypervisor without a record for dead, whatever else lies in its directory', async () => {
    const { putAll, remove, query, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest(), ...stateOf('RUNNING') });
    await remove(`hypervisors/${hypervisor}/metadata`);
    expect(await changesOf(() => query(unplace, asked))).toEqual({ ...released, [`guests/${guest}/state`]: null });
  });

  it('takes a hypervisor whose record cannot be read for what its heartbeat says', async () => {
    const { put, putAll, remove, query, errorsOf } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest(), ...stateOf('RUNNING') });
    await put(`hypervisors/${hypervisor}/metadata`, '{');
    expect(await errorsOf(unplace, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'RUNNING' }]);
    await remove(heartbeatKey);
    await query(unplace, asked);
  });

  it('does not unplace a guest that is unplaced, or not there', async () => {
    const { putAll, errorsOf, changesOf } = space();
    expect(await errorsOf(unplace, asked)).toEqual([{ code: 'NOT_FOUND', kind: 'GUEST', id: guest, path: 'unplaceGuest' }]);
    await putAll({ ...inventory, ...unplacedGuest(), [`hypervisors/${hypervisor}/guests/${other}`]: other });
    const changes = await changesOf(async () => {
      expect(await errorsOf(unplace, asked)).toEqual([{ code: 'INVALID_STATE', state: 'UNPLACED', path: 'unplaceGuest' }]);
    });
    expect(changes).toEqual({});
    expect(await errorsOf(unplace, { variables: { id: 'x' } })).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'guestId' }]);
  });

  it.each(['new', 'working'])('does not unplace a guest while one of its jobs is claimed and %s', async (status) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest(), ...jobOf(1), ...jobOf(2, { status }), [`jobs/${jobId(2)}.lock`]: 'me' });
    const changes = await changesOf(async () => {
      expect(await errorsOf(unplace, asked)).toEqual([{ code: 'INVALID_STATE', state: 'UNKNOWN', path: 'unplaceGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it('ends a job whose worker died, so that nobody takes it up, and leaves finished ones', async () => {
    const { putAll, query, changesOf } = space();
    const done = { ...jobOf(8, { status: 'done' }), ...jobOf(9, { status: 'error' }), [`jobs/${jobId(8)}.lock`]: 'left' };
    await putAll({ ...inventory, ...placedGuest(), ...done });
    await putAll(jobOf(3, { status: 'working' }));
    await putAll({ ...jobOf(1), ...newestJob(1), ...jobOf(7, { guest: other }) });
    const changes = await changesOf(() => query(unplace, asked));
    // The newest one that is left is the last that came into being, whatever its id.
    expect(changes).toEqual({ ...released, ...ended(3), [`jobs/${jobId(1)}`]: null, ...newestJob(3) });
  });

  it("leaves the Go tools' own jobs alone, claimed or not", async () => {
    const { putAll, query, changesOf } = space();
    const foreign = { ...jobOf(1, { action: 'select-hypervisor' }), [`jobs/${jobId(1)}.lock`]: 'theirs' };
    await putAll({ ...inventory, ...placedGuest(), ...foreign, ...jobOf(2, { action: 'select-hypervisor' }) });
    expect(await changesOf(() => query(unplace, asked))).toEqual(released);
  });

  it('ends more jobs than one commit holds', async () => {
    const { putAll, query, changesOf } = space();
    const numbers = Array.from({ length: 130 }, (_, index) => index + 1);
    const jobs = (some: readonly number[], status: string) =>
      Object.assign({}, ...some.map((number) => jobOf(number, { status })));
    await putAll({ ...inventory, ...placedGuest(), ...stateOf('RUNNING') });
    await putAll(jobs(numbers.slice(0, 65), 'new'));
    await putAll({ ...jobs(numbers.slice(65), 'working'), ...newestJob(130) });
    const changes = await changesOf(() => query(unplace, asked));
    const gone = numbers.slice(0, 65).map((number) => [`jobs/${jobId(number)}`, null] as const);
    expect(changes).toEqual({
      ...released,
      ...Object.fromEntries(gone),
      ...Object.assign({}, ...numbers.slice(65).map(ended)),
      [`guests/${guest}/state`]: null,
    });
  });

  it('finds all keys in the spelling of another tool', async () => {
    const { putAll, query, changesOf } = space();
    const [upperGuest, upperHypervisor, upperSubnet] = [guest, hypervisor, subnet].map((text) => text.toUpperCase());
    const placed = { hypervisor: upperHypervisor, subnet: upperSubnet, ip: '2001:DB8:0::7', bridge: 'br0' };
    await putAll({
      [`guests/${upperGuest}/metadata`]: guestRecord({ ...placed, mac }),
      [`guests/${upperGuest}/state`]: stateRecord('ERROR'),
      [`hypervisors/${upperHypervisor}/metadata`]: hypervisorRecord(),
      [`hypervisors/${upperHypervisor}/guests/${upperGuest}`]: '',
      [`hypervisors/${upperHypervisor}/guests/{${guest}}`]: '',
      [`subnets/${upperSubnet}/metadata`]: subnetRecord({
        network,
        cidr: '2001:db8::/64',
        start: '2001:db8::1',
        end: '2001:db8::f',
      }),
      [`subnets/${upperSubnet}/addresses/2001:0db8::7`]: `{${upperGuest}}`,
      [`jobs/${jobId(1).replace('7', 'A').toUpperCase()}`]: Object.values(jobOf(1, { guest: upperGuest }))[0] ?? '',
    });
    const changes = await changesOf(() => query(unplace, asked));
    expect(changes).toEqual({
      [`guests/${upperGuest}/metadata`]: guestRecord({ mac }),
      [`guests/${upperGuest}/state`]: null,
      [`hypervisors/${upperHypervisor}/guests/${upperGuest}`]: null,
      [`hypervisors/${upperHypervisor}/guests/{${guest}}`]: null,
      [`subnets/${upperSubnet}/addresses/2001:0db8::7`]: null,
      [`jobs/${jobId(1).replace('7', 'A').toUpperCase()}`]: null,
    });
  });
}
