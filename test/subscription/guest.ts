import { expect, it } from 'vitest';
import {
  flavor,
  guest,
  hypervisor,
  inventory,
  ip,
  mac,
  network,
  newestJob,
  placedGuest,
  stateOf,
  subnet,
  unplacedGuest,
} from '../mutation/guest-fixture.ts';
import { flavorRecord, guestRecord, id } from '../support/record.ts';
import { openEvents } from './event-reader.ts';
import type { Space } from './subscription-contract.ts';

const document = `subscription ($filter: GuestFilter) {
  guestChanged(filter: $filter) {
    type guestId revision cursor
    guest { id state ip metadata hypervisor { id } }
    previous { revision state ip metadata hypervisorId }
  }
}`;

const short = `subscription ($filter: GuestFilter) { guestChanged(filter: $filter) { type guestId previous { state hypervisorId } guest { state } } }`;

export function guestEvents(space: Space): void {
  it('tells how a guest was made, placed, renamed and deleted, each as the commit left it', async () => {
    const { putAll, services } = space();
    await putAll(inventory);
    const events = await openEvents(space(), document);
    const made = await putAll(unplacedGuest());
    const placed = await putAll({ ...placedGuest(), ...stateOf('PENDING') });
    const named = await putAll({ [`guests/${guest}/metadata`]: guestRecord({ ...placedFields, metadata: { name: 'web' } }) });
    const { revision: gone } = await services.store.commit({
      compares: [],
      writes: [{ type: 'delete', range: { start: `lochness/guests/${guest}/`, end: `lochness/guests/${guest}0` } }],
    });
    const unplacedVersion = { state: 'UNPLACED', ip: null, metadata: {}, hypervisorId: null };
    const placedVersion = { state: 'PENDING', ip, metadata: {}, hypervisorId: hypervisor };
    const placedNow = { id: guest, state: 'PENDING', ip, metadata: {}, hypervisor: { id: hypervisor } };
    expect(await events.take(4)).toEqual([
      {
        type: 'CREATED',
        guestId: guest,
        revision: String(made),
        cursor: `${made}.0`,
        guest: { id: guest, state: 'UNPLACED', ip: null, metadata: {}, hypervisor: null },
        previous: null,
      },
      {
        type: 'UPDATED',
        guestId: guest,
        revision: String(placed),
        cursor: `${placed}.0`,
        guest: placedNow,
        previous: { ...unplacedVersion, revision: String(made) },
      },
      {
        type: 'UPDATED',
        guestId: guest,
        revision: String(named),
        cursor: `${named}.0`,
        guest: { ...placedNow, metadata: { name: 'web' } },
        previous: { ...placedVersion, revision: String(placed) },
      },
      {
        type: 'DELETED',
        guestId: guest,
        revision: String(gone),
        cursor: `${gone}.0`,
        guest: null,
        previous: { ...placedVersion, metadata: { name: 'web' }, revision: String(named) },
      },
    ]);
  });

  it('tells of a change of the state alone, and of the jobs, with the record that was there', async () => {
    const { putAll } = space();
    await putAll({ ...placedGuest(), ...stateOf('CREATING') });
    const events = await openEvents(space(), short);
    await putAll(stateOf('RUNNING'));
    await putAll(newestJob(1));
    await space().remove(`guests/${guest}/state`);
    expect(await events.take(3)).toEqual([
      event('UPDATED', 'CREATING', 'RUNNING'),
      event('UPDATED', 'RUNNING', 'RUNNING'),
      event('UPDATED', 'RUNNING', 'UNKNOWN'),
    ]);
  });

  it('reads all that an event leads to as its commit left it, whatever came since', async () => {
    const { put, putAll } = space();
    await putAll({ ...inventory, ...placedGuest() });
    const events = await openEvents(space(), 'subscription { guestChanged { guest { flavor { resources { memory } } } } }');
    await putAll(stateOf('RUNNING'));
    await put(`flavors/${flavor}/metadata`, flavorRecord({ memory: 777 }));
    await putAll(stateOf('STOPPED'));
    const memory = (value: number) => ({ guest: { flavor: { resources: { memory: value } } } });
    expect(await events.take(2)).toEqual([memory(100), memory(777)]);
  });

  it('says at which revision it read', async () => {
    const events = await openEvents(space(), 'subscription { guestChanged { guestId } }');
    const revision = await space().putAll(unplacedGuest());
    await space().putAll(unplacedGuest({ metadata: { a: 'b' } }));
    expect(await events.result()).toEqual({
      data: { guestChanged: { guestId: guest } },
      extensions: { revision: String(revision) },
    });
  });

  it('tells a filter of a guest that comes to it, changes in it, and leaves it', async () => {
    const { putAll } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const events = await openEvents(space(), short, { variables: { filter: { hypervisorId: hypervisor } } });
    await putAll(unplacedGuest({ metadata: { not: 'here' } }));
    await putAll({ ...placedGuest(), ...stateOf('RUNNING') });
    await putAll(stateOf('STOPPED'));
    await putAll(unplacedGuest());
    await putAll(unplacedGuest({ metadata: { gone: 'again' } }));
    await putAll({ ...placedGuest(), ...stateOf('PENDING') });
    expect(await events.take(4)).toEqual([
      { type: 'UPDATED', guestId: guest, previous: { state: 'UNPLACED', hypervisorId: null }, guest: { state: 'RUNNING' } },
      event('UPDATED', 'RUNNING', 'STOPPED'),
      { ...event('UPDATED', 'STOPPED', 'UNPLACED') },
      { type: 'UPDATED', guestId: guest, previous: { state: 'UNPLACED', hypervisorId: null }, guest: { state: 'PENDING' } },
    ]);
  });

  it.each([
    ['ids', { ids: [guest.toUpperCase()] }],
    ['a name', { name: 'WEB' }],
    ['states', { states: ['PENDING'] }],
    ['a network', { networkId: network }],
    ['a subnet', { subnetId: subnet }],
    ['a flavor', { flavorId: flavor }],
    ['an image, which is that of the flavor', { imageId: id('e', 1) }],
    ['an address', { ip }],
    ['a hardware address', { mac }],
    ['whether it is placed', { placed: true }],
    ['metadata', { metadata: { name: 'web-1' } }],
  ])('can be told of some guests alone, by %s', async (_what, filter) => {
    const { putAll } = space();
    await putAll(inventory);
    const events = await openEvents(space(), short, { variables: { filter } });
    const other = guestRecord({ id: id('c', 2), flavor: id('f', 3), network: id('a', 9), mac: '02:00:00:00:00:09' });
    await putAll({ [`guests/${id('c', 2)}/metadata`]: other });
    await putAll({ ...placedGuest({ metadata: { name: 'web-1' } }), ...stateOf('PENDING') });
    expect(await events.next()).toMatchObject({ type: 'CREATED', guestId: guest });
  });

  it('passes over what is no guest: keys of others, and keys that were left behind without a record', async () => {
    const { put, putAll } = space();
    const events = await openEvents(space(), short);
    await putAll(stateOf('RUNNING'));
    await put(`guests/${guest}/somebody/elses`, 'x');
    await put('guests/no-uuid/metadata', '{}');
    await put(`guests/${guest}`, 'x');
    await putAll({ [`hypervisors/${hypervisor}/guests/${guest}`]: guest, [`subnets/${subnet}/addresses/${ip}`]: guest });
    await putAll(placedGuest());
    expect(await events.next()).toMatchObject({ type: 'CREATED', guest: { state: 'RUNNING' } });
  });

  it('tells of a guest that is stored in upper case, under its id in lower case', async () => {
    const events = await openEvents(space(), short, { variables: { filter: { ids: [guest] } } });
    await space().put(`guests/${guest.toUpperCase()}/metadata`, guestRecord());
    expect(await events.next()).toMatchObject({ type: 'CREATED', guestId: guest });
  });

  it('tells of a record that can not be read, and says so where it is asked for', async () => {
    const { put, putAll } = space();
    await putAll(unplacedGuest());
    const events = await openEvents(space(), short);
    const key = `guests/${guest}/metadata`;
    await put(key, 'no JSON');
    await putAll(unplacedGuest());
    expect(await events.result()).toMatchObject({
      data: { guestChanged: { type: 'UPDATED', guest: null, previous: { state: 'UNPLACED' } } },
      errors: [{ path: ['guestChanged', 'guest'], extensions: { code: 'BROKEN_RECORD', key: `lochness/${key}` } }],
    });
    expect(await events.next()).toMatchObject({ previous: null, guest: { state: 'UNPLACED' } });
  });

  it.each([
    ['ids', { ids: ['x'] }],
    ['hypervisorId', { hypervisorId: 'x' }],
    ['imageId', { imageId: 'x' }],
  ])('refuses an id in %s that is none', async (field, filter) => {
    const refused = openEvents(space(), short, { variables: { filter } });
    await expect(refused).rejects.toMatchObject({ extensions: [{ code: 'BAD_USER_INPUT', field }] });
  });
}

const placedFields = { id: guest, mac, hypervisor, subnet, ip, bridge: 'br0' };

function event(type: string, before: string, now: string) {
  return { type, guestId: guest, previous: { state: before, hypervisorId: hypervisor }, guest: { state: now } };
}
