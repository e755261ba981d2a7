import { expect, it } from 'vitest';
import { guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const hypervisor = id('d', 1);
const guest = id('c', 1);
const subnet = id('b', 1);
const key = `hypervisors/${hypervisor}/metadata`;

const fields = `id revision metadata name ip netmask gateway mac
  totalResources { memory disk cpu } availableResources { memory disk cpu }`;
const create = `mutation ($input: CreateHypervisorInput!) { createHypervisor(input: $input) { hypervisor { ${fields} } } }`;
const update = `mutation ($input: UpdateHypervisorInput!) { updateHypervisor(input: $input) { hypervisor { ${fields} } } }`;
const remove = `mutation ($id: ID!, $ifRevision: Revision) { deleteHypervisor(id: $id, ifRevision: $ifRevision) { deletedId revision } }`;

const nothing = { memory: 0, disk: 0, cpu: 0 };
const resources = { memory: '18446744073709551615', disk: '9007199254740993', cpu: 4294967295 };
const tooMuch = { ...nothing, memory: '18446744073709551616' };
const negative = { ...nothing, disk: -1 };
const tooManyCores = { ...nothing, cpu: 4294967296 };

/** Wrong in a create and in an update of a hypervisor whose address is 10.0.0.1. */
const wrongInputs: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['netmask', { netmask: '255.0.255.0' }],
  ['netmask', { netmask: '0.0.0.255' }],
  ['netmask', { netmask: '10.0.0.1' }],
  ['netmask', { netmask: 'ffff:ffff:ffff:ffff::' }],
  ['netmask', { ip: '2001:db8::4', netmask: '255.255.255.0' }],
  ['netmask', { ip: '2001:db8::4', netmask: 'ffff:0:ffff::' }],
  ['gateway', { gateway: '2001:db8::1' }],
  ['gateway', { ip: '2001:db8::4', netmask: 'ffff:ffff::', gateway: '10.0.0.254' }],
  ['memory', { totalResources: tooMuch }],
  ['disk', { availableResources: negative }],
  ['cpu', { totalResources: nothing, availableResources: tooManyCores }],
  ['metadata', { metadata: { long: 'x'.repeat(64 * 1024) } }],
  ['id', { id: 'x' }],
];

export function hypervisorMutations(space: Space): void {
  it('creates a hypervisor as the Go tools write it, in one commit', async () => {
    const { query, changesOf, revision } = space();
    const before = await revision();
    const changes = await changesOf(async () => {
      const input = {
        id: hypervisor,
        metadata: { rack: 'r1', name: 'h' },
        ip: '192.168.100.201',
        netmask: '255.255.255.0',
        gateway: '192.168.100.1',
        mac: 'DE-AD-BE-EF-7F-21',
        totalResources: resources,
        availableResources: { memory: 40000, disk: 900000, cpu: 31 },
      };
      const data = await query(create, { variables: { input } });
      expect(data.createHypervisor.hypervisor).toEqual({
        ...input,
        name: 'h',
        mac: 'de:ad:be:ef:7f:21',
        revision: String(before + 1),
      });
    });
    expect(changes).toEqual({
      [key]: `{"id":"${hypervisor}","metadata":{"name":"h","rack":"r1"},"ip":"192.168.100.201","netmask":"255.255.255.0","gateway":"192.168.100.1","mac":"de:ad:be:ef:7f:21","total_resources":{"memory":18446744073709551615,"disk":9007199254740993,"cpu":4294967295},"available_resources":{"memory":40000,"disk":900000,"cpu":31}}`,
    });
    expect(await revision()).toBe(before + 1);
  });

  it('creates a hypervisor of which only the address is known', async () => {
    const { query, entries } = space();
    const input = { id: hypervisor, ip: '2001:DB8:0::4', netmask: null, mac: null, totalResources: null };
    const data = await query(create, { variables: { input } });
    expect(data.createHypervisor.hypervisor).toMatchObject({ ip: '2001:db8::4', totalResources: nothing, netmask: null });
    expect(await entries()).toEqual({
      [key]: `{"id":"${hypervisor}","metadata":{},"ip":"2001:db8::4","netmask":"","gateway":"","mac":"","total_resources":{"memory":0,"disk":0,"cpu":0},"available_resources":{"memory":0,"disk":0,"cpu":0}}`,
    });
  });

  it.each([
    ['10.0.0.1', '255.255.255.255'],
    ['10.0.0.1', '254.0.0.0'],
    ['10.0.0.1', '0.0.0.0'],
    ['2001:db8::4', 'ffff:ffff:ffff:ffff::'],
    ['2001:db8::4', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('takes for %s the netmask %s', async (ip, netmask) => {
    const { query } = space();
    const data = await query(create, { variables: { input: { ip, netmask } } });
    expect(data.createHypervisor.hypervisor).toMatchObject({ ip, netmask });
  });

  it.each(wrongInputs)('refuses a new hypervisor whose %s is wrong: %o', async (field, wrong) => {
    const { errorsOf, changesOf } = space();
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { ip: '10.0.0.1', ...wrong } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'createHypervisor' }]);
    });
    expect(changes).toEqual({});
  });

  it('takes all of a new hypervisor to be available unless it is told otherwise', async () => {
    const { query } = space();
    const input = { id: hypervisor, ip: '10.0.0.1', totalResources: resources };
    const data = await query(
      `mutation ($input: CreateHypervisorInput!) {
        createHypervisor(input: $input) { hypervisor { availableResources { memory disk cpu } freeResources { memory disk cpu } } }
      }`,
      { variables: { input } },
    );
    expect(data.createHypervisor.hypervisor).toEqual({ availableResources: resources, freeResources: resources });
  });

  it('refuses an id that another kind of node has', async () => {
    const { put, errorsOf, changesOf } = space();
    await put(`networks/${hypervisor}/metadata`, networkRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { id: hypervisor, ip: '10.0.0.1' } } });
      expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'NETWORK', id: hypervisor, path: 'createHypervisor' }]);
    });
    expect(changes).toEqual({});
  });

  it('does not create a hypervisor whose id another node takes at the same time', async () => {
    const { put, raced, entries } = space();
    const late = await raced(() => put(`networks/${hypervisor}/metadata`, networkRecord()));
    const errors = await late.errorsOf(create, { variables: { input: { id: hypervisor, ip: '10.0.0.1' } } });
    expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'NETWORK', id: hypervisor, path: 'createHypervisor' }]);
    expect(Object.keys(await entries())).toEqual([`networks/${hypervisor}/metadata`]);
  });

  it('changes what is given, and leaves all else as it is, under the key as it is stored', async () => {
    const { put, query, entries } = space();
    const stored = `hypervisors/${hypervisor.toUpperCase()}/metadata`;
    const total = `"total_resources":{"memory":9007199254740993,"disk":18446744073709551615,"cpu":32,"gpu":1}`;
    const head = `{"id":"${hypervisor}","metadata":{"a":"1","b":"2"},"ip":"10.0.0.1",`;
    const cards = `"netmask":"255.255.255.0","gateway":"10.0.0.254","mac":"de:ad:be:ef:7f:21",`;
    await put(stored, `${head}${cards}${total},"available_resources":{"memory":1,"disk":2,"cpu":3,"gpu":4},"ours":true}`);
    const input = {
      id: hypervisor,
      metadata: { a: null },
      ip: '10.0.0.2',
      netmask: null,
      gateway: null,
      mac: null,
      availableResources: resources,
    };
    const data = await query(update, { variables: { input } });
    expect(data.updateHypervisor.hypervisor).toMatchObject({ ip: '10.0.0.2', netmask: null, gateway: null, mac: null });
    expect(await entries()).toEqual({
      [stored]: `{"id":"${hypervisor}","metadata":{"b":"2"},"ip":"10.0.0.2","netmask":"","gateway":"","mac":"",${total},"available_resources":{"memory":18446744073709551615,"disk":9007199254740993,"cpu":4294967295,"gpu":4},"ours":true}`,
    });
  });

  it('writes nothing when nothing changes, however the record is spelled', async () => {
    const { put, query, changesOf } = space();
    const revision = await put(key, `{"ip":"10.0.0.1","mac":"DE:AD:BE:EF:7F:21","total_resources":{"memory":5}}`);
    const changes = await changesOf(async () => {
      const cards = { ip: '10.0.0.1', mac: 'de:ad:be:ef:7f:21', netmask: null, gateway: null };
      const input = { id: hypervisor, ...cards, totalResources: { ...nothing, memory: 5 }, availableResources: nothing };
      const data = await query(update, { variables: { input } });
      expect(data.updateHypervisor.hypervisor.revision).toBe(String(revision));
    });
    expect(changes).toEqual({});
  });

  it.each([
    ...wrongInputs,
    ['ip', { ip: null }],
    ['metadata', { metadata: null }],
    ['totalResources', { totalResources: null }],
    ['availableResources', { availableResources: null }],
    ['ifRevision', { ifRevision: null }],
  ] as const)('refuses an update whose %s is wrong: %o', async (field, wrong) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, hypervisorRecord({ ip: '10.0.0.1' }));
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, { variables: { input: { id: hypervisor, ...wrong } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateHypervisor' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['netmask', { netmask: '255.255.255.0' }],
    ['gateway', { gateway: '10.0.0.254' }],
  ])('refuses a new address of another family than the %s that stays', async (field, stored) => {
    const { put, query, errorsOf, changesOf } = space();
    await put(key, hypervisorRecord({ ip: '10.0.0.1', ...stored }));
    const input = { id: hypervisor, ip: '2001:db8::4' };
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, { variables: { input } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateHypervisor' }]);
    });
    expect(changes).toEqual({});
    const data = await query(update, { variables: { input: { ...input, [field]: null } } });
    expect(data.updateHypervisor.hypervisor).toMatchObject({ ip: '2001:db8::4', [field]: null });
  });

  it('changes all else of a hypervisor whose netmask and gateway another tool stored wrong', async () => {
    const { put, query, changesOf } = space();
    const wrong = { ip: '10.0.0.1', netmask: '255.0.255.0', gateway: '2001:db8::1' };
    await put(key, hypervisorRecord(wrong));
    const changes = await changesOf(() =>
      query(update, { variables: { input: { id: hypervisor, ...wrong, mac: 'de:ad:be:ef:7f:21' } } }),
    );
    expect(changes).toEqual({ [key]: hypervisorRecord({ ...wrong, mac: 'de:ad:be:ef:7f:21' }) });
  });

  it('changes and deletes a hypervisor only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(key, hypervisorRecord());
    const now = await put(key, hypervisorRecord());
    const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now) };
    const changes = await changesOf(async () => {
      const input = { id: hypervisor, ip: '10.0.0.2', ifRevision: String(old) };
      expect(await errorsOf(update, { variables: { input } })).toEqual([{ ...conflict, path: 'updateHypervisor' }]);
      const variables = { id: hypervisor, ifRevision: String(old) };
      expect(await errorsOf(remove, { variables })).toEqual([{ ...conflict, path: 'deleteHypervisor' }]);
    });
    expect(changes).toEqual({});
    await query(remove, { variables: { id: hypervisor, ifRevision: String(now) } });
  });

  it.each([
    ['change', 'updateHypervisor', update, { input: { id: hypervisor, ip: '10.0.0.2' } }],
    ['delete', 'deleteHypervisor', remove, { id: hypervisor }],
  ])('does not %s a hypervisor at a revision that passes at the same time', async (_what, path, document, variables) => {
    const { put, raced, changesOf } = space();
    const ifRevision = String(await put(key, hypervisorRecord()));
    const late = await raced(() => put(key, hypervisorRecord({ ours: 1 })));
    const changes = await changesOf(async () => {
      const given = 'input' in variables ? { input: { ...variables.input, ifRevision } } : { ...variables, ifRevision };
      expect(await late.errorsOf(document, { variables: given })).toMatchObject([
        { code: 'CONFLICT', expected: ifRevision, path },
      ]);
    });
    expect(changes).toEqual({ [key]: hypervisorRecord({ ours: 1 }) });
  });

  it('knows no hypervisor that is not there', async () => {
    const { put, errorsOf } = space();
    await put(`hypervisors/${hypervisor}/heartbeat`, 'alive');
    const missing = { code: 'NOT_FOUND', kind: 'HYPERVISOR', id: hypervisor };
    expect(await errorsOf(update, { variables: { input: { id: hypervisor } } })).toEqual([
      { ...missing, path: 'updateHypervisor' },
    ]);
    expect(await errorsOf(remove, { variables: { id: hypervisor } })).toEqual([{ ...missing, path: 'deleteHypervisor' }]);
  });

  it('deletes a hypervisor with all its keys', async () => {
    const { putAll, query, entries, ownEntries, revision } = space();
    const directory = `hypervisors/${hypervisor.toUpperCase()}`;
    const many = Array.from({ length: 200 }, (_, index) => [`${directory}/config/${index}`, ''] as const);
    await putAll(Object.fromEntries(many.slice(0, 100)));
    await putAll(Object.fromEntries(many.slice(100)));
    await putAll({
      [`${directory}/metadata`]: hypervisorRecord(),
      [`${directory}/heartbeat`]: 'alive',
      [`${directory}/subnets/${subnet}`]: 'br0',
      [`${directory}/guests/no-guest`]: '',
      [`subnets/${subnet}/metadata`]: subnetRecord(),
      [`gateway/references/hypervisors/${hypervisor}`]: '',
    });
    const data = await query(remove, { variables: { id: hypervisor } });
    expect(data.deleteHypervisor).toEqual({ deletedId: hypervisor, revision: String(await revision()) });
    expect(await entries()).toEqual({ [`subnets/${subnet}/metadata`]: subnetRecord() });
    expect(await ownEntries('references/')).toEqual({});
  });

  const linkToGuest = `hypervisors/${hypervisor}/guests/${guest}`;
  const inUse = [{ code: 'IN_USE', by: [guest], path: 'deleteHypervisor' }];

  it.each([
    ['is linked to', `hypervisors/${hypervisor}/guests/${guest.toUpperCase()}`, guest],
    ['names it', `guests/${guest}/metadata`, guestRecord({ hypervisor })],
  ])('does not delete a hypervisor while a guest %s', async (_how, name, value) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ [key]: hypervisorRecord(), [name]: value });
    const changes = await changesOf(async () => {
      expect(await errorsOf(remove, { variables: { id: hypervisor } })).toEqual(inUse);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['a writer who knows nothing of gateways places a guest', { [linkToGuest]: guest }],
    [
      'another gateway makes a guest name it',
      { [`guests/${guest}/metadata`]: guestRecord({ hypervisor }), [`gateway/references/hypervisors/${hypervisor}`]: '' },
    ],
  ])('does not delete a hypervisor while %s at the same time', async (_what, written) => {
    const { put, putAll, raced, entries } = space();
    await put(key, hypervisorRecord());
    const late = await raced(() => putAll(written));
    expect(await late.errorsOf(remove, { variables: { id: hypervisor } })).toEqual(inUse);
    expect(await entries()).toHaveProperty([key]);
  });
}
