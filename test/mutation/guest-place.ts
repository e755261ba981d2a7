import { expect, it } from 'vitest';
import { guestRecord, hypervisorRecord, id, subnetRecord } from '../support/record.ts';
import {
  flavor,
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  jobId,
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

const place = `mutation ($guestId: ID!, $hypervisorId: ID, $strategy: PlacementStrategy! = RANDOM, $dryRun: Boolean! = false) {
  placeGuest(guestId: $guestId, hypervisorId: $hypervisorId, strategy: $strategy, dryRun: $dryRun) {
    guest { id state hypervisorId ip }
    hypervisor { id }
    subnet { id }
    ip
    committed
    job { id action status }
  }
}`;

const world = { ...inventory, ...heartbeat, ...unplacedGuest() };

/** Another hypervisor with the same subnet. */
function hypervisorWith(number: number, memory: number): Readonly<Record<string, string>> {
  const resources = { memory, disk: 10_000, cpu: 8 };
  return {
    [`hypervisors/${id('d', number)}/metadata`]: hypervisorRecord({ total_resources: resources, available_resources: resources }),
    [`hypervisors/${id('d', number)}/heartbeat`]: '',
    [`hypervisors/${id('d', number)}/subnets/${subnet}`]: `br${number}`,
  };
}

function reservation(address = ip): Readonly<Record<string, string>> {
  return { [`guests/${guest}/reservation`]: `${subnet}/${address}`, [`subnets/${subnet}/addresses/${address}`]: guest };
}

export function guestPlacing(space: Space): void {
  it('writes the placement into the record as it is stored, and all that belongs to it, in one commit', async () => {
    const { putAll, query, changesOf, revision, ownEntries } = space();
    const record = `{"unknown": 9007199254740993, "id":"${guest}","flavor":"${flavor}","network":"${network}","hypervisor":"","subnet":"","ip":"","bridge":""}`;
    await putAll({ ...world, [`guests/${guest}/metadata`]: record, ...stateOf('ERROR'), ...newestJob(1) });
    const before = await revision();
    let answer: { ip: string; job: { id: string } } = { ip: '', job: { id: '' } };
    const changes = await changesOf(async () => {
      ({ placeGuest: answer } = await query(place, { variables: { guestId: guest.toUpperCase() } }));
    });
    expect(answer).toEqual({
      guest: { id: guest, state: 'PENDING', hypervisorId: hypervisor, ip: answer.ip },
      hypervisor: { id: hypervisor },
      subnet: { id: subnet },
      ip: expect.stringMatching(/^10\.0\.0\.([2-9]|1[0-4])$/),
      committed: true,
      job: { id: answer.job.id, action: 'fetch', status: 'NEW' },
    });
    expect(changes).toEqual({
      [`guests/${guest}/metadata`]: `{"unknown": 9007199254740993, "id":"${guest}","flavor":"${flavor}","network":"${network}","hypervisor":"${hypervisor}","subnet":"${subnet}","ip":"${answer.ip}","bridge":"br0"}`,
      [`guests/${guest}/state`]: stateRecord('PENDING'),
      [`guests/${guest}/jobs`]: answer.job.id,
      [`hypervisors/${hypervisor}/guests/${guest}`]: guest,
      [`subnets/${subnet}/addresses/${answer.ip}`]: guest,
      [`jobs/${answer.job.id}`]: expect.stringContaining('"action":"fetch"'),
    });
    expect(await revision()).toBe(before + 1);
    expect(Object.keys(await ownEntries('references/'))).toEqual([
      `references/flavors/${flavor}`,
      `references/hypervisors/${hypervisor}`,
      `references/subnets/${subnet}`,
    ]);
  });

  it('takes the subnet and the address that are reserved for the guest, and ends the reservation', async () => {
    const { putAll, query, changesOf } = space();
    const elsewhere = id('b', 2);
    await putAll({
      ...world,
      ...reservation(),
      [`networks/${network}/subnets/${elsewhere}`]: '',
      [`subnets/${elsewhere}/metadata`]: subnetRecord({ network, cidr: '10.1.0.0/24', start: '10.1.0.1', end: '10.1.0.9' }),
      [`hypervisors/${hypervisor}/subnets/${elsewhere}`]: 'br1',
    });
    const changes = await changesOf(async () => {
      const { placeGuest } = await query(place, { variables: { guestId: guest } });
      expect(placeGuest).toMatchObject({ ip, subnet: { id: subnet } });
    });
    expect(changes[`guests/${guest}/reservation`]).toBeNull();
    expect(Object.keys(changes).filter((key) => key.includes('/addresses/'))).toEqual([]);
    expect(changes[`guests/${guest}/metadata`]).toContain(`"ip":"${ip}","bridge":"br0"`);
  });

  it('takes the reserved address also where another tool spelled it otherwise, and spells it as it should be', async () => {
    const { putAll, query, changesOf } = space();
    const spelledOtherwise = `subnets/${subnet}/addresses/::ffff:${ip}`;
    await putAll({ ...world, [`guests/${guest}/reservation`]: `${subnet}/${ip}`, [spelledOtherwise]: guest });
    const changes = await changesOf(async () => {
      const { placeGuest } = await query(place, { variables: { guestId: guest } });
      expect(placeGuest).toMatchObject({ committed: true, ip, subnet: { id: subnet } });
    });
    expect(changes[`guests/${guest}/reservation`]).toBeNull();
    expect(changes).toMatchObject({ [spelledOtherwise]: null, [`subnets/${subnet}/addresses/${ip}`]: guest });
  });

  it('has no candidates where the reserved address can not be had', async () => {
    const { putAll, put, remove, errorsOf, changesOf } = space();
    await putAll({ ...world, ...reservation() });
    const rejectedBy = async (filter: string) => {
      const changes = await changesOf(async () => {
        expect(await errorsOf(place, { variables: { guestId: guest } })).toEqual([
          { code: 'NO_CANDIDATES', rejected: { [filter]: 1 }, path: 'placeGuest' },
        ]);
      });
      expect(changes).toEqual({});
    };
    await put(`subnets/${subnet}/metadata`, subnetRecord({ network, gateway: ip }));
    await rejectedBy('ADDRESS');
    await put(`subnets/${subnet}/metadata`, subnetRecord({ network, end: '10.0.0.6' }));
    await rejectedBy('ADDRESS');
    await put(`subnets/${subnet}/metadata`, subnetRecord({ network }));
    await remove(`hypervisors/${hypervisor}/subnets/${subnet}`);
    await rejectedBy('SUBNET');
  });

  it.each([
    ['whose address another guest holds', `${subnet}/${ip}`, other],
    ['whose subnet is gone', `${id('b', 9)}/${ip}`, guest],
    ['that says nothing', 'nothing', other],
  ])('takes any address in place of a reservation %s, and leaves no address held', async (_what, value, holder) => {
    const { putAll, query, entries } = space();
    await putAll({
      ...world,
      [`guests/${guest}/reservation`]: value,
      [`subnets/${id('b', 9)}/addresses/${ip}`]: guest,
      [`subnets/${subnet}/addresses/${ip}`]: holder === other ? other : id('c', 3),
    });
    const { placeGuest } = await query(place, { variables: { guestId: guest } });
    expect(placeGuest.ip).not.toBe(ip);
    const after = await entries();
    expect(after[`guests/${guest}/reservation`]).toBeUndefined();
    const held = Object.keys(after).filter((key) => key.includes('/addresses/') && after[key] === guest);
    const kept = value === `${id('b', 9)}/${ip}` ? [] : [`subnets/${id('b', 9)}/addresses/${ip}`];
    expect(new Set(held)).toEqual(new Set([...kept, `subnets/${subnet}/addresses/${placeGuest.ip}`]));
  });

  it('releases an address that the record of an unplaced guest names', async () => {
    const { putAll, query, entries } = space();
    await putAll({ ...world, ...unplacedGuest({ subnet, ip }), [`subnets/${subnet}/addresses/${ip}`]: guest });
    const { placeGuest } = await query(place, { variables: { guestId: guest } });
    const after = await entries();
    const held = Object.keys(after).filter((key) => key.includes('/addresses/'));
    expect(held).toEqual([`subnets/${subnet}/addresses/${placeGuest.ip}`]);
  });

  it('says in a dry run where the guest would be placed, and changes nothing', async () => {
    const { putAll, query, changesOf, revision } = space();
    await putAll({ ...world, ...reservation() });
    const before = await revision();
    const changes = await changesOf(async () => {
      for (const hypervisorId of [null, hypervisor]) {
        const { placeGuest } = await query(place, { variables: { guestId: guest, hypervisorId, dryRun: true } });
        expect(placeGuest).toEqual({
          guest: { id: guest, state: 'UNPLACED', hypervisorId: null, ip: null },
          hypervisor: { id: hypervisor },
          subnet: { id: subnet },
          ip,
          committed: false,
          job: null,
        });
      }
    });
    expect(changes).toEqual({});
    expect(await revision()).toBe(before);
  });

  it('commits nothing in a dry run with an Idempotency-Key, so that the same request is decided anew', async () => {
    const { putAll, put, query, ownEntries, revision } = space();
    await putAll({ ...world, ...hypervisorWith(2, 2000) });
    const request = { variables: { guestId: guest, strategy: 'SPREAD', dryRun: true }, idempotencyKey: 'dry' };
    const before = await revision();
    expect((await query(place, request)).placeGuest).toMatchObject({ committed: false, hypervisor: { id: id('d', 2) } });
    expect(await revision()).toBe(before);
    expect(await ownEntries('')).toEqual({});
    await put(`hypervisors/${id('d', 2)}/config/schedulable`, 'false');
    expect((await query(place, request)).placeGuest).toMatchObject({ committed: false, hypervisor: { id: hypervisor } });
    // Nor is the key used up.
    const { placeGuest } = await query(place, { ...request, variables: { guestId: guest } });
    expect(placeGuest).toMatchObject({ committed: true, hypervisor: { id: hypervisor } });
  });

  it.each([
    ['SPREAD', 3],
    ['PACK', 2],
  ])('chooses by %s', async (strategy, chosen) => {
    const { putAll, query } = space();
    await putAll({ ...world, ...hypervisorWith(2, 150), ...hypervisorWith(3, 2000), ...hypervisorWith(4, 50) });
    const { placeGuest } = await query(place, { variables: { guestId: guest, strategy } });
    expect(placeGuest.hypervisor.id).toBe(id('d', chosen));
    expect(placeGuest.guest.hypervisorId).toBe(id('d', chosen));
  });

  it('chooses at random among those that can get the guest', async () => {
    const { putAll, query } = space();
    await putAll({ ...world, ...hypervisorWith(2, 1000), ...hypervisorWith(3, 1000), ...hypervisorWith(4, 99) });
    const chosen = new Set<string>();
    for (let tries = 0; tries < 40; tries++) {
      const { placeGuest } = await query(place, { variables: { guestId: guest, dryRun: true } });
      chosen.add(placeGuest.hypervisor.id);
    }
    expect(chosen).toEqual(new Set([hypervisor, id('d', 2), id('d', 3)]));
  });

  it('counts the guests that a hypervisor has, whatever it reports to have available', async () => {
    const { putAll, query } = space();
    const resident = (number: number, host: number) => ({
      [`guests/${id('c', number)}/metadata`]: guestRecord({ hypervisor: id('d', host) }),
      [`hypervisors/${id('d', host)}/guests/${id('c', number)}`]: id('c', number),
    });
    await putAll({ ...world, ...hypervisorWith(2, 900), ...resident(5, 1), ...resident(6, 1), ...resident(7, 2) });
    const spread = await query(place, { variables: { guestId: guest, strategy: 'SPREAD', dryRun: true } });
    expect(spread.placeGuest.hypervisor.id).toBe(hypervisor);
    await putAll({ ...resident(8, 1), ...resident(9, 1) });
    const after = await query(place, { variables: { guestId: guest, strategy: 'SPREAD', dryRun: true } });
    expect(after.placeGuest.hypervisor.id).toBe(id('d', 2));
  });

  it('places on the hypervisor that is given, or nowhere', async () => {
    const { putAll, put, query, run, changesOf } = space();
    await putAll({ ...world, ...hypervisorWith(2, 1000) });
    await put(`hypervisors/${hypervisor}/config/schedulable`, 'false');
    await put(`flavors/${flavor}/metadata`, `{"image":"${id('e', 1)}","memory":1001,"disk":20000,"cpu":9}`);
    const changes = await changesOf(async () => {
      const { result } = await run(place, { variables: { guestId: guest, hypervisorId: hypervisor.toUpperCase() } });
      expect(result.errors?.map(({ message }) => message)).toEqual([
        `The hypervisor ${hypervisor} can't get the guest: it is cordoned; needs 1001 MB of memory, has 1000 of 1000 MB free; needs 20000 MB of disk, has 10000 of 10000 MB free; needs 9 virtual CPUs, has 8 of 8 free`,
      ]);
      expect(result.errors?.[0]?.originalError).toMatchObject({
        code: 'NO_CANDIDATES',
        details: { rejected: { SCHEDULABLE: 1, MEMORY: 1, DISK: 1, CPU: 1 } },
      });
    });
    expect(changes).toEqual({});
    await put(`flavors/${flavor}/metadata`, `{"image":"${id('e', 1)}","memory":1000}`);
    const { placeGuest } = await query(place, { variables: { guestId: guest, hypervisorId: id('d', 2) } });
    expect(placeGuest.guest.hypervisorId).toBe(id('d', 2));
  });

  it('refuses a guest that is placed already', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...world, ...placedGuest(), ...stateOf('RUNNING') });
    const changes = await changesOf(async () => {
      for (const dryRun of [true, false]) {
        expect(await errorsOf(place, { variables: { guestId: guest, dryRun } })).toEqual([
          { code: 'INVALID_STATE', state: 'RUNNING', path: 'placeGuest' },
        ]);
      }
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['a guest', 'GUEST', id('c', 9), { guestId: id('c', 9) }, {}],
    ['a hypervisor', 'HYPERVISOR', id('d', 9), { guestId: guest, hypervisorId: id('d', 9) }, {}],
    ['a flavor', 'FLAVOR', id('f', 9), { guestId: guest }, unplacedGuest({ flavor: id('f', 9) })],
    ['a network', 'NETWORK', id('a', 9), { guestId: guest }, unplacedGuest({ network: id('a', 9) })],
  ])('knows no place where there is no such thing as %s', async (_what, kind, missing, variables, records) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...world, ...records });
    const changes = await changesOf(async () => {
      expect(await errorsOf(place, { variables })).toEqual([{ code: 'NOT_FOUND', kind, id: missing, path: 'placeGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([['guestId'], ['hypervisorId']])('refuses a %s that is no id', async (field) => {
    const { putAll, errorsOf } = space();
    await putAll(world);
    const errors = await errorsOf(place, { variables: { guestId: guest, [field]: 'x' } });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'placeGuest' }]);
  });

  it('places a guest that is stored under an upper-case id, under that id', async () => {
    const { putAll, query, changesOf } = space();
    const { [`guests/${guest}/metadata`]: record = '', ...rest } = world;
    await putAll({ ...rest, [`guests/${guest.toUpperCase()}/metadata`]: record });
    const changes = await changesOf(() => query(place, { variables: { guestId: guest } }));
    const own = Object.keys(changes).filter((key) => key.startsWith('guests/'));
    expect(new Set(own)).toEqual(new Set(['jobs', 'metadata', 'state'].map((name) => `guests/${guest.toUpperCase()}/${name}`)));
    expect(changes[`hypervisors/${hypervisor}/guests/${guest}`]).toBe(guest);
  });

  it('looks past what it can not read', async () => {
    const { putAll, query } = space();
    await putAll({
      ...world,
      [`hypervisors/${id('d', 2)}/metadata`]: '{',
      [`hypervisors/${id('d', 3)}/heartbeat`]: '',
      [`hypervisors/${hypervisor}/guests/not-an-id`]: '',
      [`hypervisors/${hypervisor}/subnets/not-an-id`]: '',
      [`hypervisors/${hypervisor}/guests/${id('c', 8)}`]: id('c', 8),
      [`guests/${id('c', 8)}/metadata`]: '[]',
      [`networks/${network}/subnets/${id('b', 9)}`]: '',
      [`hypervisors/${hypervisor}/subnets/${id('b', 9)}`]: 'br9',
      [`jobs/${jobId(1)}.lock`]: '',
    });
    const { placeGuest } = await query(place, { variables: { guestId: guest } });
    expect(placeGuest).toMatchObject({ committed: true, subnet: { id: subnet } });
  });

  it('gives no address of a subnet that only one of the two, its record and its network, ties to the network', async () => {
    const { putAll, put, remove, errorsOf } = space();
    await putAll(world);
    const rejected = [{ code: 'NO_CANDIDATES', rejected: { SUBNET: 1 }, path: 'placeGuest' }];
    await remove(`networks/${network}/subnets/${subnet}`);
    expect(await errorsOf(place, { variables: { guestId: guest } })).toEqual(rejected);
    await put(`networks/${network}/subnets/${subnet}`, '');
    await put(`subnets/${subnet}/metadata`, subnetRecord({ network: id('a', 2) }));
    expect(await errorsOf(place, { variables: { guestId: guest } })).toEqual(rejected);
  });
}
