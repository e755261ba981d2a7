import { expect, it } from 'vitest';
import { readFixture } from '../support/gateway-schema.ts';
import { invariantViolations } from '../support/invariants.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, networkRecord } from '../support/record.ts';
import {
  clearedRecord,
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  jobOf,
  mac,
  other,
  placedGuest,
  stateRecord,
  subnet,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const unplace = 'mutation ($id: ID!) { unplaceGuest(guestId: $id) { guest { id state } } }';
const remove = 'mutation ($id: ID!) { deleteGuest(id: $id) { deletedId guest { state } job { action } } }';
const release = 'mutation ($subnetId: ID!, $ip: IPAddress!) { releaseAddress(subnetId: $subnetId, ip: $ip) { subnet { id } } }';
const asked = { variables: { id: guest } };

type Entries = Readonly<Record<string, string>>;

const record = `guests/${guest}/metadata`;
const linkOn = (hypervisorId: string) => `hypervisors/${hypervisorId}/guests/${guest}`;
const addressIn = (subnetId: string, text: string) => `subnets/${subnetId}/addresses/${text}`;
const [link, address] = [linkOn(hypervisor), addressIn(subnet, ip)];
const [second, missing] = [id('d', 2), id('b', 9)];

/** Another guest on the same hypervisor, in the same subnet: whatever becomes of the first one, it keeps what it has. */
const bystander: Entries = {
  [`guests/${other}/metadata`]: guestRecord({ mac, hypervisor, subnet, ip: '10.0.0.8', bridge: 'br0' }),
  [`guests/${other}/state`]: stateRecord('RUNNING'),
  [`guests/${other}/jobs`]: id('7', 99),
  [`hypervisors/${hypervisor}/guests/${other}`]: other,
  [addressIn(subnet, '10.0.0.8')]: other,
};

/** What the Go tools' own lists and placements trip over, lying beside. */
const stumblingBlocks: Entries = {
  [`hypervisors/${id('d', 8)}/config/only`]: 'a directory without a record',
  'hypervisors/not-a-uuid/metadata': '{',
  'guests/not-a-uuid/metadata': '{}',
  'jobs/not-a-uuid': '{}',
  [`networks/${id('a', 1)}/subnets/${missing}`]: '',
  [`guests/${id('C', 8)}/metadata`]: guestRecord(),
};

interface Kind {
  readonly name: string;
  readonly world: Entries;
  /** What the guest held, and holds no more when it is unplaced. */
  readonly released: readonly string[];
}

function without(entries: Entries, ...keys: readonly string[]): Entries {
  return Object.fromEntries(Object.entries(entries).filter(([key]) => !keys.includes(key)));
}

const withoutAddress = without(placedGuest({ ip: '' }), address);

const placedKinds: readonly Kind[] = [
  { name: 'no address, since all were lost to a race', world: withoutAddress, released: [link] },
  { name: 'an address that another guest holds', world: without(placedGuest({ ip: '10.0.0.8' }), address), released: [link] },
  { name: 'an address that nobody holds', world: without(placedGuest(), address), released: [link] },
  { name: 'no link from its hypervisor', world: without(placedGuest(), link), released: [address] },
  { name: 'no subnet', world: without(placedGuest({ subnet: '' }), address), released: [link] },
  {
    name: 'a subnet that is gone, where its address is left',
    world: { ...without(placedGuest({ subnet: missing }), address), [addressIn(missing, ip)]: guest },
    released: [link, addressIn(missing, ip)],
  },
  { name: 'a subnet that is wholly gone', world: without(placedGuest({ subnet: missing }), address), released: [link] },
  {
    name: 'a hypervisor without a record',
    world: { ...without(placedGuest({ hypervisor: id('d', 8) }), link), [linkOn(id('d', 8))]: guest },
    released: [linkOn(id('d', 8)), address],
  },
  {
    name: 'a hypervisor that is wholly gone',
    world: without(placedGuest({ hypervisor: id('d', 9) }), link),
    released: [address],
  },
  {
    name: 'a flavor, a network and groups that are gone',
    world: placedGuest({ flavor: id('f', 9), network: id('a', 9), fwgroup: id('9', 9), vlangroup: id('8', 9) }),
    released: [link, address],
  },
  { name: 'an address without a spelling of its own', world: placedGuest({ ip: `::ffff:${ip}` }), released: [link, address] },
  { name: 'no MAC, and metadata that is null', world: placedGuest({ mac: '', metadata: null }), released: [link, address] },
  {
    name: 'a job of the Go tools that waits for ever',
    world: { ...placedGuest(), ...jobOf(5) },
    released: [link, address, 'jobs/'],
  },
];

/** What the record is after unplacing: the same but for where the guest is. */
function clearedOf(world: Entries): string {
  return JSON.stringify({ ...JSON.parse(world[record] ?? ''), hypervisor: '', subnet: '', ip: '', bridge: '' });
}

function released({ world, released: prefixes }: Kind): Readonly<Record<string, null>> {
  const keys = Object.keys(world).filter((key) => key !== record && prefixes.some((prefix) => key.startsWith(prefix)));
  return Object.fromEntries(keys.map((key) => [key, null]));
}

/** Between records; the test's own ones lack fields. */
function contradictions(entries: Entries): string[] {
  return invariantViolations(entries).filter((violation) => !violation.includes('its fields are'));
}

export function danglingRecords(space: Space): void {
  it.each(placedKinds)('unplaces and then deletes a guest with $name', async (kind) => {
    const { putAll, query, changesOf, entries } = space();
    const surroundings = { ...inventory, ...heartbeat, ...stumblingBlocks, ...bystander };
    await putAll({ ...surroundings, ...kind.world });
    const changes = await changesOf(async () => {
      expect((await query(unplace, asked)).unplaceGuest.guest).toEqual({ id: guest, state: 'UNPLACED' });
    });
    expect(changes).toEqual({ [record]: clearedOf(kind.world), ...released(kind) });
    expect((await query(remove, asked)).deleteGuest).toEqual({ deletedId: guest, guest: null, job: null });
    expect(await entries()).toEqual(surroundings);
  });

  it.each(placedKinds)('deletes a guest with $name at once when its hypervisor is gone, else by a job', async (kind) => {
    const { putAll, query, entries } = space();
    const surroundings = { ...inventory, ...heartbeat, ...stumblingBlocks, ...bystander };
    await putAll({ ...surroundings, ...kind.world });
    const { deletedId, job } = (await query(remove, asked)).deleteGuest;
    const isGone = kind.name.startsWith('a hypervisor');
    expect({ deletedId, job }).toEqual(isGone ? { deletedId: guest, job: null } : { deletedId: null, job: { action: 'delete' } });
    expect(await entries()).toMatchObject(isGone ? surroundings : { ...surroundings, ...kind.world });
    if (isGone) expect(await entries()).toEqual(surroundings);
  });

  it('cleans up after a guest that was placed again while it was placed', async () => {
    const { putAll, query, entries } = space();
    const surroundings = { ...inventory, ...bystander, [`hypervisors/${second}/metadata`]: hypervisorRecord() };
    const again = placedGuest({ hypervisor: second, ip: '10.0.0.9' });
    await putAll({ ...surroundings, ...again, [linkOn(second)]: guest, [addressIn(subnet, '10.0.0.9')]: guest });
    await query(unplace, asked);
    // The first placement is what is left: its link, and its address, which nobody's record names any more.
    expect(await entries()).toEqual({ ...surroundings, [record]: clearedRecord, [link]: guest, [address]: guest });
    await query(unplace, asked);
    await query(release, { variables: { subnetId: subnet, ip } });
    expect(await entries()).toEqual({ ...surroundings, [record]: clearedRecord });
  });

  it('cleans up after a stale copy of a guest, which was written over a placed one', async () => {
    const { putAll, query, entries } = space();
    const surroundings = { ...inventory, ...bystander };
    await putAll({ ...surroundings, ...placedGuest(), ...unplacedGuest() });
    await query(unplace, asked);
    await query(release, { variables: { subnetId: subnet, ip } });
    expect(await entries()).toEqual({ ...surroundings, ...unplacedGuest() });
  });

  it('cleans up after a guest whose record is gone while it was placed', async () => {
    const { putAll, query, errorsOf, entries } = space();
    const surroundings = { ...inventory, ...bystander };
    await putAll({ ...surroundings, ...without(placedGuest(), record) });
    expect((await query(remove, asked)).deleteGuest).toEqual({ deletedId: guest, guest: null, job: null });
    await query(release, { variables: { subnetId: subnet, ip } });
    expect(await entries()).toEqual(surroundings);
    expect(await errorsOf(remove, asked)).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('clears a record that has an address and no hypervisor, and frees what it holds', async () => {
    const { putAll, query, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...bystander, ...without(placedGuest({ hypervisor: '' }), link) });
    expect(await errorsOf(release, { variables: { subnetId: subnet, ip } })).toMatchObject([{ code: 'IN_USE', by: [guest] }]);
    expect(await changesOf(() => query(unplace, asked))).toEqual({ [record]: clearedRecord, [address]: null });
    expect(await errorsOf(unplace, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'UNPLACED' }]);
  });

  it('keeps the address that is reserved for a guest whose record names it too', async () => {
    const { putAll, query, changesOf } = space();
    const reservation = { [`guests/${guest}/reservation`]: `${subnet}/${ip}` };
    const world = { ...without(placedGuest({ hypervisor: '' }), link), ...reservation };
    await putAll({ ...inventory, ...world });
    expect(await changesOf(() => query(unplace, asked))).toEqual({ [record]: clearedRecord });
    const changes = await changesOf(() => query(remove, asked));
    expect(changes).toEqual({ [record]: null, [address]: null, [`guests/${guest}/reservation`]: null });
  });

  it('leaves a guest its reservation when it is unplaced, also where that names the address that it had', async () => {
    const { putAll, query, changesOf } = space();
    const [reservation, another] = [`guests/${guest}/reservation`, addressIn(subnet, '10.0.0.9')];
    await putAll({ ...inventory, ...placedGuest(), [reservation]: `${subnet}/10.0.0.9`, [another]: guest });
    const freed = { [record]: clearedRecord, [link]: null };
    expect(await changesOf(() => query(unplace, asked))).toEqual({ ...freed, [address]: null });
    await putAll({ ...placedGuest(), [reservation]: `${subnet}/${ip}` });
    expect(await changesOf(() => query(unplace, asked))).toEqual(freed);
  });

  it('lets a subnet go that an unplaced guest still names without having an address there', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...without(placedGuest({ hypervisor: '', ip: '', bridge: '' }), link, address) });
    expect(await changesOf(() => query(unplace, asked))).toEqual({ [record]: clearedRecord });
  });

  it('removes the links that other tools left to an unplaced guest together with the guest', async () => {
    const { putAll, query, changesOf } = space();
    const elsewhere = `hypervisors/${id('d', 9)}/guests/${guest}`;
    await putAll({ ...inventory, [record]: clearedRecord, [elsewhere]: guest });
    expect(await changesOf(() => query(remove, asked))).toEqual({ [record]: null, [elsewhere]: null });
  });

  it('does not give another flavor to a guest that a hypervisor still counts by a link', async () => {
    const { putAll, errorsOf, changesOf } = space();
    const flavor = id('f', 7);
    await putAll({ ...inventory, [record]: clearedRecord, [link]: guest, [`flavors/${flavor}/metadata`]: flavorRecord() });
    const document = `mutation { updateGuest(input: { id: "${guest}", flavorId: "${flavor}" }) { guest { id } } }`;
    const changes = await changesOf(async () => {
      expect(await errorsOf(document)).toMatchObject([{ code: 'INVALID_STATE', state: 'UNPLACED' }]);
    });
    expect(changes).toEqual({});
  });

  it('takes no reservation for void whose subnet cannot be read', async () => {
    const { putAll, errorsOf, changesOf } = space();
    const reserved = { [`guests/${guest}/reservation`]: `${subnet}/${ip}`, [address]: guest };
    await putAll({ ...inventory, [record]: clearedRecord, ...reserved, [`subnets/${subnet}/metadata`]: '{' });
    const document = `mutation { placeGuest(guestId: "${guest}") { committed } }`;
    const changes = await changesOf(async () => {
      expect(await errorsOf(document)).toMatchObject([{ code: 'BROKEN_RECORD', key: `lochness/subnets/${subnet}/metadata` }]);
    });
    expect(changes).toEqual({});
  });

  it('unplaces and deletes all guests of a keyspace of extremes, and touches nothing else', async () => {
    const { load, query, errorsOf, changesOf } = space();
    await load(readFixture('edge'));
    const [placed, unplaced] = ['1c00dd92-d4e7-45b2-8494-d150ad051371', 'aed6b0ea-e1a7-423c-952f-2a15b56f9129'];
    const held = {
      [`hypervisors/68df4d6b-15c5-4422-954e-2ca75f2c3053/guests/${placed}`]: null,
      'subnets/44c85fd1-74bf-4cf4-bcb5-f561cd0040e8/addresses/10.9.8.4': null,
    };
    const changes = await changesOf(() => query(unplace, { variables: { id: placed } }));
    expect(changes).toEqual({
      [`guests/${placed}/metadata`]: `{"id":"${placed}","metadata":null,"type":"","flavor":"56620938-5c66-41dd-b3fc-1472b881d99c","hypervisor":"","network":"f3ff4d45-1e42-4e18-a215-aaee06a2d64b","subnet":"","fwgroup":"","vlangroup":"","mac":"02:4e:40:4f:6a:b0","ip":"","bridge":""}`,
      ...held,
    });
    for (const guestId of [placed, unplaced]) {
      const refused = await errorsOf(unplace, { variables: { id: guestId } });
      expect(refused).toMatchObject([{ code: 'INVALID_STATE', state: 'UNPLACED' }]);
      const deleted = await changesOf(() => query(remove, { variables: { id: guestId } }));
      expect(deleted).toEqual({ [`guests/${guestId}/metadata`]: null });
    }
  });

  it('empties a cluster of the Go tools, and leaves all that is not a guest', async () => {
    const { load, remove: removeKey, query, errorsOf, changesOf, entries } = space();
    await load(readFixture('cluster-a'));
    const old = await entries();
    const guestIds = Object.keys(old).flatMap((key) => /^guests\/([^/]+)\/metadata$/.exec(key)?.[1] ?? []);
    const locked = '3def24a0-2ef7-4320-9fc8-c3c57918b256';
    expect(await errorsOf(unplace, { variables: { id: locked } })).toMatchObject([{ code: 'INVALID_STATE', state: 'UNKNOWN' }]);
    await removeKey('jobs/6bbe79ef-eb43-4e1f-a597-5f6a8d10dd19.lock');
    const changes = await changesOf(async () => {
      for (const guestId of guestIds) {
        // The unplaced ones are refused.
        await errorsOf(unplace, { variables: { id: guestId } });
        expect((await query(remove, { variables: { id: guestId } })).deleteGuest.deletedId).toBe(guestId);
      }
    });
    expect(guestIds).toHaveLength(12);
    const ofGuests = /^(guests\/|hypervisors\/[^/]+\/guests\/|subnets\/[^/]+\/addresses\/)/;
    const others = Object.fromEntries(Object.entries(changes).filter(([key]) => !key.startsWith('jobs/')));
    const expected = Object.keys(old).filter((key) => ofGuests.test(key));
    expect(others).toEqual(Object.fromEntries(expected.map((key) => [key, null])));
    const left = Object.entries(await entries()).filter(([key]) => key.startsWith('jobs/'));
    for (const [, job] of left) expect(job).toMatch(/"action":"select-hypervisor"|"status":"(done|error)"/);
  });

  it('leaves a keyspace in which nothing contradicts itself', async () => {
    const { putAll, query, entries } = space();
    const done = { [`jobs/${id('7', 99)}`]: jobOf(99, { guest: other, status: 'done' })[`jobs/${id('7', 99)}`] ?? '' };
    const surroundings = { ...inventory, ...bystander, ...done, [`networks/${id('a', 2)}/metadata`]: networkRecord() };
    await putAll({ ...surroundings, ...placedGuest(), ...jobOf(1), ...jobOf(2, { status: 'working' }) });
    expect(contradictions(await entries())).not.toEqual([]);
    await query(unplace, asked);
    expect(contradictions(await entries())).toEqual([]);
    await query(remove, asked);
    expect(contradictions(await entries())).toEqual([]);
  });
}
