import { expect, it } from 'vitest';
import { macOfGuestId } from '../../src/store/values/mac-address.ts';
import { hypervisorRecord, id, networkRecord } from '../support/record.ts';
import {
  flavor,
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  network,
  newestJob,
  other,
  stateOf,
  stateRecord,
  subnet,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const group = id('9', 1);
const vlanGroup = id('8', 1);

const create = `mutation ($input: CreateGuestInput!, $place: Boolean! = true, $strategy: PlacementStrategy! = RANDOM) {
  createGuest(input: $input, place: $place, strategy: $strategy) {
    guest { id revision state type ip bridge hypervisorId subnetId networkId flavorId mac }
    job { id action status guestId createdAt }
  }
}`;

const minimal = { id: guest, flavorId: flavor, networkId: network };

function recordOf(fields: string): string {
  return `{"id":"${guest}",${fields}}`;
}

export function guestCreation(space: Space): void {
  it('writes the record of an unplaced guest as the Go tools do, and nothing else', async () => {
    const { putAll, query, changesOf, ownEntries } = space();
    await putAll(inventory);
    const input = {
      id: guest.toUpperCase(),
      metadata: { name: 'web' },
      type: 'container',
      flavorId: flavor.toUpperCase(),
      networkId: `{${network}}`,
      firewallGroupId: group.toUpperCase(),
      vlanGroupId: `urn:uuid:${vlanGroup}`,
      mac: 'DE-AD-BE-EF-7F-21',
    };
    const changes = await changesOf(async () => {
      const { createGuest } = await query(create, { variables: { input, place: false } });
      expect(createGuest.guest).toMatchObject({ id: guest, state: 'UNPLACED', ip: null, hypervisorId: null });
      expect(createGuest.job).toBeNull();
    });
    const placement = '"hypervisor":"","network":"aaaaaaaa-0000-4000-8000-000000000001","subnet":""';
    const groups = `"fwgroup":"${group}","vlangroup":"${vlanGroup}"`;
    expect(changes).toEqual({
      [`guests/${guest}/metadata`]: recordOf(
        `"metadata":{"name":"web"},"type":"container","flavor":"${flavor}",${placement},${groups},"mac":"de:ad:be:ef:7f:21","ip":"","bridge":""`,
      ),
    });
    expect(Object.keys(await ownEntries('references/'))).toEqual([
      `references/flavors/${flavor}`,
      `references/fwgroups/${group}`,
      `references/networks/${network}`,
      `references/vlangroups/${vlanGroup}`,
    ]);
  });

  it('writes the guest, its address, its link, its state and its first job in one commit', async () => {
    const { putAll, query, changesOf, ownEntries, revision } = space();
    await putAll({ ...inventory, ...heartbeat });
    const before = await revision();
    let answer: { guest: { ip: string; revision: string }; job: { id: string } } | undefined;
    const changes = await changesOf(async () => {
      ({ createGuest: answer } = await query(create, { variables: { input: minimal } }));
    });
    const { guest: made, job } = answer ?? { guest: { ip: '' }, job: { id: '' } };
    expect(answer).toEqual({
      guest: {
        id: guest,
        revision: String(before + 1),
        state: 'PENDING',
        type: 'kvm',
        ip: expect.stringMatching(/^10\.0\.0\.([2-9]|1[0-4])$/),
        bridge: 'br0',
        hypervisorId: hypervisor,
        subnetId: subnet,
        networkId: network,
        flavorId: flavor,
        mac: macOfGuestId(guest),
      },
      job: { id: job.id, action: 'fetch', status: 'NEW', guestId: guest, createdAt: '1970-01-01T00:00:00.000Z' },
    });
    const placement = `"hypervisor":"${hypervisor}","network":"${network}","subnet":"${subnet}","fwgroup":"","vlangroup":""`;
    const times =
      '"started_at":"0001-01-01T00:00:00Z","finished_at":"0001-01-01T00:00:00Z","created_at":"1970-01-01T00:00:00.000Z"';
    expect(changes).toEqual({
      [`guests/${guest}/metadata`]: recordOf(
        `"metadata":{},"type":"kvm","flavor":"${flavor}",${placement},"mac":"${macOfGuestId(guest)}","ip":"${made.ip}","bridge":"br0"`,
      ),
      [`guests/${guest}/state`]: stateRecord('PENDING'),
      [`guests/${guest}/jobs`]: job.id,
      [`hypervisors/${hypervisor}/guests/${guest}`]: guest,
      [`subnets/${subnet}/addresses/${made.ip}`]: guest,
      [`jobs/${job.id}`]: `{"id":"${job.id}","remote":"","action":"fetch","guest":"${guest}","status":"new",${times}}`,
    });
    expect(await revision()).toBe(before + 1);
    expect(Object.keys(await ownEntries('references/'))).toEqual([
      `references/flavors/${flavor}`,
      `references/hypervisors/${hypervisor}`,
      `references/networks/${network}`,
      `references/subnets/${subnet}`,
    ]);
  });

  it('takes new ids when none are given', async () => {
    const { putAll, query } = space();
    await putAll({ ...inventory, ...heartbeat });
    const { flavorId, networkId } = minimal;
    const first = await query(create, { variables: { input: { flavorId, networkId } } });
    const second = await query(create, { variables: { input: { flavorId, networkId } } });
    expect(first.createGuest.guest.id).not.toBe(second.createGuest.guest.id);
    expect(first.createGuest.guest.ip).not.toBe(second.createGuest.guest.ip);
  });

  it('leaves no guest where none can be placed, and counts each hypervisor under the first filter that it failed', async () => {
    const { putAll, errorsOf, changesOf } = space();
    const [cordoned, dead] = [id('d', 2), id('d', 3)];
    await putAll({
      ...inventory,
      ...heartbeat,
      [`hypervisors/${cordoned}/metadata`]: '{}',
      [`hypervisors/${cordoned}/heartbeat`]: '',
      [`hypervisors/${cordoned}/config/schedulable`]: 'false',
      [`hypervisors/${dead}/metadata`]: '{}',
      [`hypervisors/${id('d', 4)}/metadata`]: '{}',
      [`flavors/${flavor}/metadata`]: `{"image":"${id('e', 1)}","memory":1001}`,
    });
    for (const strategy of ['RANDOM', 'SPREAD', 'PACK']) {
      const changes = await changesOf(async () => {
        expect(await errorsOf(create, { variables: { input: minimal, strategy } })).toEqual([
          { code: 'NO_CANDIDATES', rejected: { ALIVE: 2, SCHEDULABLE: 1, MEMORY: 1 }, path: 'createGuest' },
        ]);
      });
      expect(changes).toEqual({});
    }
  });

  it('has no candidates where there is no hypervisor', async () => {
    const { putAll, remove, errorsOf } = space();
    await putAll(inventory);
    await remove(`hypervisors/${hypervisor}/metadata`);
    expect(await errorsOf(create, { variables: { input: minimal } })).toEqual([
      { code: 'NO_CANDIDATES', rejected: {}, path: 'createGuest' },
    ]);
  });

  it('by PACK puts the guests of callers who come together on one hypervisor', async () => {
    const { putAll, query } = space();
    for (let number = 2; number <= 20; number++) {
      await putAll({
        [`hypervisors/${id('d', number)}/metadata`]: hypervisorRecord(),
        [`hypervisors/${id('d', number)}/heartbeat`]: '',
        [`hypervisors/${id('d', number)}/subnets/${subnet}`]: 'br0',
      });
    }
    await putAll({ ...inventory, ...heartbeat });
    const { flavorId, networkId } = minimal;
    const request = { variables: { input: { flavorId, networkId }, strategy: 'PACK' } };
    const made = await Promise.all(Array.from({ length: 9 }, () => query(create, request)));
    expect(made.map(({ createGuest }) => createGuest.guest.hypervisorId)).toEqual(Array(9).fill(hypervisor));
    expect(new Set(made.map(({ createGuest }) => createGuest.guest.ip)).size).toBe(9);
  });

  it.each([[true], [false]])(
    'takes over nothing that was left under a given id without a record (placed: %s)',
    async (placed) => {
      const { putAll, query, changesOf, entries } = space();
      const [ofAnother, reserved] = [`subnets/${subnet}/addresses/10.0.0.8`, `subnets/${subnet}/addresses/${ip}`];
      await putAll({
        ...inventory,
        ...heartbeat,
        ...stateOf('RUNNING'),
        ...newestJob(1),
        [`guests/${guest}/reservation`]: `${subnet}/${ip}`,
        [reserved]: guest.toUpperCase(),
        [ofAnother]: other,
      });
      const changes = await changesOf(async () => {
        const { createGuest } = await query(create, { variables: { input: minimal, place: placed } });
        expect(createGuest.guest.state).toBe(placed ? 'PENDING' : 'UNPLACED');
      });
      expect(changes).toMatchObject({ [`guests/${guest}/reservation`]: null, [reserved]: null });
      const after = await entries();
      expect(after[ofAnother]).toBe(other);
      expect(after[`guests/${guest}/state`]).toBe(placed ? stateRecord('PENDING') : undefined);
      expect(after[`guests/${guest}/jobs`]).not.toBe(newestJob(1)[`guests/${guest}/jobs`]);
      expect(after[`guests/${guest}/jobs`] === undefined).toBe(!placed);
    },
  );

  it('leaves an address to the guest that holds it, whatever a reservation that was left under a given id says', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({
      ...inventory,
      [`guests/${guest}/reservation`]: `${subnet}/${ip}`,
      [`subnets/${subnet}/addresses/${ip}`]: other,
    });
    const changes = await changesOf(() => query(create, { variables: { input: minimal, place: false } }));
    expect(Object.keys(changes)).toEqual([`guests/${guest}/reservation`, `guests/${guest}/metadata`]);
    expect(changes[`guests/${guest}/reservation`]).toBeNull();
  });

  it.each([
    ['comes', {}, true],
    ['changes', { [`guests/${guest}/reservation`]: `${subnet}/10.0.0.8` }, false],
  ])('takes over no reservation that %s before the commit', async (_what, left, place) => {
    const { putAll, raced, entries } = space();
    const reserved = `subnets/${subnet}/addresses/${ip}`;
    await putAll({ ...inventory, ...heartbeat, ...left });
    const late = await raced(() => putAll({ [`guests/${guest}/reservation`]: `${subnet}/${ip}`, [reserved]: guest }));
    await late.query(create, { variables: { input: minimal, place } });
    const after = await entries();
    expect(after).not.toHaveProperty([`guests/${guest}/reservation`]);
    const held = Object.keys(after).filter((key) => after[key] === guest && key.includes('/addresses/'));
    expect(held).toHaveLength(place ? 1 : 0);
  });

  it('places a guest on a keyspace of odd spellings', async () => {
    const { putAll, query, changesOf } = space();
    const upper = Object.entries({ ...inventory, ...heartbeat }).map(([key, value]) => {
      const [folder = '', name = '', ...rest] = key.split('/');
      const below = rest.length > 1 ? [rest[0], rest.slice(1).join('/').toUpperCase()] : rest;
      return [[folder, name.toUpperCase(), ...below].join('/'), value];
    });
    await putAll(Object.fromEntries(upper));
    const changes = await changesOf(() => query(create, { variables: { input: minimal } }));
    expect(Object.keys(changes)).toEqual(
      expect.arrayContaining([
        `hypervisors/${hypervisor.toUpperCase()}/guests/${guest}`,
        expect.stringMatching(`^subnets/${subnet.toUpperCase()}/addresses/`),
        `guests/${guest}/metadata`,
      ]),
    );
    expect(changes[`guests/${guest}/metadata`]).toContain(`"hypervisor":"${hypervisor}"`);
  });

  it.each([
    ['FLAVOR', { flavorId: id('f', 9) }, id('f', 9)],
    ['NETWORK', { networkId: id('a', 9) }, id('a', 9)],
    ['FIREWALL_GROUP', { firewallGroupId: id('9', 9) }, id('9', 9)],
    ['VLAN_GROUP', { vlanGroupId: id('8', 9) }, id('8', 9)],
  ])('refuses a %s that is not there', async (kind, input, missing) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat });
    for (const place of [true, false]) {
      const changes = await changesOf(async () => {
        const errors = await errorsOf(create, { variables: { input: { ...minimal, ...input }, place } });
        expect(errors).toEqual([{ code: 'NOT_FOUND', kind, id: missing, path: 'createGuest' }]);
      });
      expect(changes).toEqual({});
    }
  });

  it.each([
    ['id', { id: 'x' }],
    ['flavorId', { flavorId: 'x' }],
    ['networkId', { networkId: 'x' }],
    ['firewallGroupId', { firewallGroupId: 'x' }],
    ['vlanGroupId', { vlanGroupId: 'x' }],
    ['type', { type: '' }],
    ['type', { type: 'x'.repeat(65) }],
    ['metadata', { metadata: { long: 'x'.repeat(64 * 1024) } }],
  ])('refuses a guest whose %s is wrong', async (field, input) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { ...minimal, ...input } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'createGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it('takes a null for what is left out', async () => {
    const { putAll, query } = space();
    await putAll({ ...inventory, ...heartbeat });
    const input = { ...minimal, id: null, metadata: null, firewallGroupId: null, vlanGroupId: null, mac: null };
    const { createGuest } = await query(create, { variables: { input } });
    expect(createGuest.guest.mac).toBe(macOfGuestId(createGuest.guest.id));
  });

  it('refuses an id that a node of another kind has', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat, [`networks/${guest}/metadata`]: networkRecord() });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: minimal } });
      expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'NETWORK', id: guest, path: 'createGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it('answers a repeated request like the first one, and makes no second guest', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...heartbeat });
    const { flavorId, networkId } = minimal;
    const request = { variables: { input: { flavorId, networkId } }, idempotencyKey: 'once' };
    const first = await query(create, request);
    const changes = await changesOf(async () => expect(await query(create, request)).toEqual(first));
    expect(changes).toEqual({});
  });

  it('gives the addresses of a subnet to as many guests as it has, each once, and never the gateway', async () => {
    const { putAll, query, errorsOf, entries } = space();
    await putAll({ ...inventory, ...heartbeat, [`flavors/${flavor}/metadata`]: `{"image":"${id('e', 1)}"}` });
    const { flavorId, networkId } = minimal;
    const taken: string[] = [];
    for (let guests = 0; guests < 13; guests++) {
      const { createGuest } = await query(create, { variables: { input: { flavorId, networkId } } });
      taken.push(createGuest.guest.ip);
    }
    expect(new Set(taken)).toEqual(new Set(Array.from({ length: 13 }, (_, index) => `10.0.0.${index + 2}`)));
    expect(taken).toContain(ip);
    expect(await errorsOf(create, { variables: { input: { flavorId, networkId } } })).toEqual([
      { code: 'NO_CANDIDATES', rejected: { ADDRESS: 1 }, path: 'createGuest' },
    ]);
    const held = Object.keys(await entries()).filter((key) => key.includes('/addresses/'));
    expect(held).toHaveLength(13);
  });
}
