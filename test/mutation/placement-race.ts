import { expect, it } from 'vitest';
import { flavorRecord, guestRecord, hypervisorRecord, id, subnetRecord } from '../support/record.ts';
import {
  flavor,
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  mac,
  network,
  newestJob,
  other,
  placedGuest,
  stateOf,
  subnet,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const place = `mutation { placeGuest(guestId: "${guest}", strategy: SPREAD) { ip } }`;
const create = `mutation { createGuest(input: {
  id: "${guest}", flavorId: "${flavor}", networkId: "${network}", firewallGroupId: "${id('9', 1)}", vlanGroupId: "${id('8', 1)}"
}) { guest { ip } } }`;

/** One address, and memory for eight guests more: a tenth would be too many. */
const world = {
  ...inventory,
  ...heartbeat,
  [`subnets/${subnet}/metadata`]: subnetRecord({ network, start: ip, end: ip }),
  [`flavors/${id('f', 2)}/metadata`]: flavorRecord(),
  [`guests/${other}/metadata`]: guestRecord({ flavor: id('f', 2), hypervisor }),
  [`hypervisors/${hypervisor}/guests/${other}`]: other,
  [`hypervisors/${hypervisor}/guests/${id('c', 3)}`]: id('c', 3),
};

const noRoom = { total_resources: { memory: 99, disk: 10_000, cpu: 8 } };
const large = { memory: 901 };

/** What somebody does between the decision and its commit, and why the guest then can't be placed. Null: the key is removed. */
const races: readonly (readonly [what: string, key: string, value: string | null, error: object])[] = [
  ['the hypervisor dies', `hypervisors/${hypervisor}/heartbeat`, null, rejectedBy('ALIVE')],
  ['the hypervisor is cordoned', `hypervisors/${hypervisor}/config/schedulable`, 'false', rejectedBy('SCHEDULABLE')],
  ['the subnet is detached', `hypervisors/${hypervisor}/subnets/${subnet}`, null, rejectedBy('SUBNET')],
  ['the subnet leaves the network', `networks/${network}/subnets/${subnet}`, null, rejectedBy('SUBNET')],
  ['the record of the subnet names another network', ...subnetBecomes({ network: id('a', 2) }), rejectedBy('SUBNET')],
  ['the address becomes the gateway', ...subnetBecomes({ network, start: ip, end: ip, gateway: ip }), rejectedBy('ADDRESS')],
  ['somebody takes the address', `subnets/${subnet}/addresses/${ip}`, id('c', 7), rejectedBy('ADDRESS')],
  ['the hypervisor shrinks', `hypervisors/${hypervisor}/metadata`, hypervisorRecord(noRoom), rejectedBy('MEMORY')],
  ['the flavor grows', `flavors/${flavor}/metadata`, flavorRecord(large), rejectedBy('MEMORY')],
  ['the flavor of a guest there grows', `flavors/${id('f', 2)}/metadata`, flavorRecord(large), rejectedBy('MEMORY')],
  ['a linked guest gets its record', `guests/${id('c', 3)}/metadata`, guestRecord({ flavor: id('f', 3) }), rejectedBy('MEMORY')],
  ['the hypervisor goes', `hypervisors/${hypervisor}/metadata`, null, { code: 'NO_CANDIDATES', rejected: {} }],
  ['the flavor goes', `flavors/${flavor}/metadata`, null, missing('FLAVOR', flavor)],
  ['the network goes', `networks/${network}/metadata`, null, missing('NETWORK', network)],
];

function rejectedBy(filter: string): object {
  return { code: 'NO_CANDIDATES', rejected: { [filter]: 1 } };
}

function missing(kind: string, missingId: string): object {
  return { code: 'NOT_FOUND', kind, id: missingId };
}

function subnetBecomes(fields: Readonly<Record<string, unknown>>): [key: string, value: string] {
  return [`subnets/${subnet}/metadata`, subnetRecord(fields)];
}

export function placementRaces(space: Space): void {
  it.each(races)('places nobody when %s before the commit', async (_what, key, value, error) => {
    const { putAll, raced, put, remove, entries } = space();
    await putAll({ ...world, [`flavors/${id('f', 3)}/metadata`]: flavorRecord(large) });
    const happens = () => (value === null ? remove(key) : put(key, value));
    for (const [document, path] of [
      [create, 'createGuest'],
      [place, 'placeGuest'],
    ] as const) {
      const before = {
        ...world,
        [`flavors/${id('f', 3)}/metadata`]: flavorRecord(large),
        ...(path === 'placeGuest' ? unplacedGuest() : {}),
      };
      await remove(key);
      await putAll(before);
      const late = await raced(happens);
      expect(await late.errorsOf(document)).toEqual([{ ...error, path }]);
      const { [key]: _untouched, ...expected } = before as Record<string, string>;
      expect(await entries()).toEqual(value === null ? expected : { ...expected, [key]: value });
    }
  });

  it.each([
    ['firewall group', `fwgroups/${id('9', 1)}/metadata`, missing('FIREWALL_GROUP', id('9', 1))],
    ['VLAN group', `vlangroups/${id('8', 1)}/metadata`, missing('VLAN_GROUP', id('8', 1))],
  ])('creates no guest whose %s goes before the commit', async (_what, key, error) => {
    const { putAll, raced, remove, changesOf } = space();
    await putAll(world);
    const late = await raced(() => remove(key));
    const changes = await changesOf(async () => expect(await late.errorsOf(create)).toEqual([{ ...error, path: 'createGuest' }]));
    expect(changes).toEqual({ [key]: null });
  });

  it('creates no second node under an id that is taken before the commit', async () => {
    const { putAll, raced, put, changesOf } = space();
    await putAll(world);
    const late = await raced(() => put(`vlangroups/${guest}/metadata`, '{}'));
    const changes = await changesOf(async () => {
      const error = { code: 'ALREADY_EXISTS', kind: 'VLAN_GROUP', id: guest, path: 'createGuest' };
      expect(await late.errorsOf(create)).toEqual([error]);
    });
    expect(changes).toEqual({ [`vlangroups/${guest}/metadata`]: '{}' });
  });

  it('does not place a guest that another places before the commit', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...world, ...unplacedGuest() });
    const late = await raced(() => putAll({ ...placedGuest(), ...stateOf('RUNNING') }));
    const changes = await changesOf(async () => {
      expect(await late.errorsOf(place)).toEqual([{ code: 'INVALID_STATE', state: 'RUNNING', path: 'placeGuest' }]);
    });
    expect(changes).toEqual({ ...placedGuest(), ...stateOf('RUNNING') });
  });

  it('does not place a guest that is deleted before the commit', async () => {
    const { putAll, raced, remove, changesOf } = space();
    await putAll({ ...world, ...unplacedGuest() });
    const late = await raced(() => remove(`guests/${guest}/metadata`));
    const changes = await changesOf(async () => {
      expect(await late.errorsOf(place)).toEqual([{ ...missing('GUEST', guest), path: 'placeGuest' }]);
    });
    expect(changes).toEqual({ [`guests/${guest}/metadata`]: null });
  });

  it.each([
    ['its state', stateOf('ERROR')],
    ['its newest job', newestJob(1)],
    ['its record', unplacedGuest({ mac: '02:00:5e:00:53:02' })],
  ])('decides again when %s changes before the commit', async (_what, change) => {
    const { putAll, raced, entries } = space();
    await putAll({ ...world, ...unplacedGuest() });
    let commits = 1;
    const late = await raced(
      () => putAll(change),
      () => commits++,
    );
    expect(await late.query(place)).toEqual({ placeGuest: { ip } });
    expect(commits).toBe(2);
    const after = await entries();
    expect(after[`guests/${guest}/state`]).toContain('PENDING');
    expect(JSON.parse(after[`guests/${guest}/metadata`] ?? '')).toMatchObject({ hypervisor, ip });
  });

  it('takes the address that is reserved for the guest before the commit', async () => {
    const { putAll, raced, entries } = space();
    const reserved = '10.0.0.200';
    await putAll({ ...world, ...unplacedGuest(), ...Object.fromEntries([subnetBecomes({ network, end: reserved, start: ip })]) });
    const late = await raced(() =>
      putAll({
        [`guests/${guest}/reservation`]: `${subnet}/${reserved}`,
        [`subnets/${subnet}/addresses/${reserved}`]: guest,
      }),
    );
    expect(await late.query(place)).toEqual({ placeGuest: { ip: reserved } });
    const held = Object.keys(await entries()).filter((key) => key.includes('/addresses/'));
    expect(held).toEqual([`subnets/${subnet}/addresses/${reserved}`]);
  });

  it('does not take a reserved address that is released before the commit', async () => {
    const { putAll, raced, put, entries } = space();
    await putAll({
      ...world,
      ...unplacedGuest(),
      [`guests/${guest}/reservation`]: `${subnet}/${ip}`,
      [`subnets/${subnet}/addresses/${ip}`]: guest,
    });
    const late = await raced(() => put(`subnets/${subnet}/addresses/${ip}`, other));
    expect(await late.errorsOf(place)).toEqual([{ ...rejectedBy('ADDRESS'), path: 'placeGuest' }]);
    expect((await entries())[`guests/${guest}/metadata`]).toBe(guestRecord({ id: guest, mac }));
  });

  it('counts a guest that another writer links to the hypervisor before the commit', async () => {
    const { putAll, raced, entries } = space();
    await putAll({ ...world, ...unplacedGuest(), [`flavors/${id('f', 3)}/metadata`]: flavorRecord(large) });
    // As the Go tools place a guest: its record is there already, and is written again last.
    await putAll({ [`guests/${id('c', 4)}/metadata`]: guestRecord({ flavor: id('f', 3) }) });
    const late = await raced(() => putAll({ [`hypervisors/${hypervisor}/guests/${id('c', 4)}`]: id('c', 4) }));
    expect(await late.errorsOf(place)).toEqual([{ ...rejectedBy('MEMORY'), path: 'placeGuest' }]);
    expect((await entries())[`guests/${guest}/metadata`]).toBe(guestRecord({ id: guest, mac }));
  });

  it('goes elsewhere after a lost race', async () => {
    const { putAll, raced, remove, query } = space();
    const second = id('d', 2);
    await putAll({
      ...world,
      ...unplacedGuest(),
      [`hypervisors/${second}/metadata`]: hypervisorRecord({ total_resources: { memory: 500, disk: 5000, cpu: 8 } }),
      [`hypervisors/${second}/heartbeat`]: '',
      [`hypervisors/${second}/subnets/${subnet}`]: 'br0',
    });
    const late = await raced(() => remove(`hypervisors/${hypervisor}/heartbeat`));
    expect(await late.query(place)).toEqual({ placeGuest: { ip } });
    expect(await query(`{ guest(id: "${guest}") { hypervisorId } }`)).toEqual({ guest: { hypervisorId: second } });
  });
}
