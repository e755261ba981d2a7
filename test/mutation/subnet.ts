import { expect, it } from 'vitest';
import { guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const network = id('a', 1);
const subnet = id('b', 1);
const other = id('b', 2);
const guest = id('c', 1);
const hypervisor = id('d', 1);
const key = `subnets/${subnet}/metadata`;

const create = `mutation ($input: CreateSubnetInput!) {
  createSubnet(input: $input) { subnet { id revision metadata name networkId network { id } cidr gateway startRange endRange addressing { total } } }
}`;
const update = `mutation ($input: UpdateSubnetInput!) {
  updateSubnet(input: $input) { subnet { id revision metadata cidr gateway startRange endRange } }
}`;
const remove = `mutation ($id: ID!, $ifRevision: Revision) { deleteSubnet(id: $id, ifRevision: $ifRevision) { deletedId revision } }`;

const ranges = { cidr: '10.0.0.0/24', startRange: '10.0.0.10', endRange: '10.0.0.20' };

export function subnetMutations(space: Space): void {
  it('creates a subnet in a network as the Go tools write it, with its link, in one commit', async () => {
    const { put, query, changesOf, ownEntries, revision } = space();
    await put(`networks/${network}/metadata`, networkRecord());
    const before = await revision();
    const changes = await changesOf(async () => {
      const input = { id: subnet, networkId: network.toUpperCase(), metadata: { name: 's' }, gateway: '10.0.0.1', ...ranges };
      const data = await query(create, { variables: { input } });
      expect(data.createSubnet.subnet).toEqual({
        id: subnet,
        revision: String(before + 1),
        metadata: { name: 's' },
        name: 's',
        networkId: network,
        network: { id: network },
        gateway: '10.0.0.1',
        addressing: { total: 11 },
        ...ranges,
      });
    });
    expect(changes).toEqual({
      [key]: `{"id":"${subnet}","metadata":{"name":"s"},"network":"${network}","gateway":"10.0.0.1","cidr":"10.0.0.0/24","start":"10.0.0.10","end":"10.0.0.20"}`,
      [`networks/${network}/subnets/${subnet}`]: '',
    });
    expect(await ownEntries('references/')).toEqual({ [`references/networks/${network}`]: '' });
  });

  it('creates a subnet that is in no network and has no gateway', async () => {
    const { query, entries } = space();
    const input = { id: subnet, networkId: null, gateway: null, metadata: null, ...ranges };
    const data = await query(create, { variables: { input } });
    expect(data.createSubnet.subnet).toMatchObject({ networkId: null, network: null, gateway: null });
    expect(await entries()).toEqual({
      [key]: `{"id":"${subnet}","metadata":{},"network":"","gateway":"","cidr":"10.0.0.0/24","start":"10.0.0.10","end":"10.0.0.20"}`,
    });
  });

  it.each([
    ['a whole /24', '10.0.0.0/24', '10.0.0.0', '10.0.0.255', 256],
    ['a whole /8', '10.0.0.0/8', '10.0.0.0', '10.255.255.255', 2 ** 24],
    ['a /31', '10.0.0.2/31', '10.0.0.2', '10.0.0.3', 2],
    ['a /32', '10.0.0.2/32', '10.0.0.2', '10.0.0.2', 1],
    ['the last address of all', '255.255.255.0/24', '255.255.255.255', '255.255.255.255', 1],
    ['a whole /64 of IPv6', '2001:db8::/64', '2001:db8::', '2001:db8::ffff:ffff:ffff:ffff', '18446744073709551616'],
  ])('allows %s', async (_what, cidr, startRange, endRange, total) => {
    const { query } = space();
    const data = await query(create, { variables: { input: { id: subnet, cidr, startRange, endRange } } });
    expect(data.createSubnet.subnet).toMatchObject({ cidr, startRange, endRange, addressing: { total } });
  });

  it.each([
    ['startRange', { startRange: '10.0.1.1' }],
    ['startRange', { startRange: '2001:db8::1' }],
    ['startRange', { startRange: '10.0.0.30' }],
    ['endRange', { endRange: '10.0.1.20' }],
    ['endRange', { endRange: '2001:db8::1' }],
    ['gateway', { gateway: '10.0.1.1' }],
    ['gateway', { gateway: '2001:db8::1' }],
    ['id', { id: 'x' }],
    ['networkId', { networkId: 'x' }],
    ['metadata', { metadata: { long: 'x'.repeat(64 * 1024) } }],
  ])('refuses a new subnet whose %s is wrong: %o', async (field, wrong) => {
    const { errorsOf, changesOf } = space();
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { id: subnet, ...ranges, ...wrong } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'createSubnet' }]);
    });
    expect(changes).toEqual({});
  });

  it('refuses a network that is not there, and an id that is taken', async () => {
    const { put, errorsOf, changesOf } = space();
    await put(key, subnetRecord());
    const changes = await changesOf(async () => {
      expect(await errorsOf(create, { variables: { input: { networkId: network, ...ranges } } })).toEqual([
        { code: 'NOT_FOUND', kind: 'NETWORK', id: network, path: 'createSubnet' },
      ]);
      expect(await errorsOf(create, { variables: { input: { id: subnet, ...ranges } } })).toEqual([
        { code: 'ALREADY_EXISTS', kind: 'SUBNET', id: subnet, path: 'createSubnet' },
      ]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['the network links to', { [`networks/${network}/subnets/${other.toUpperCase()}`]: '' }, ''],
    ['names the network', {}, network],
  ])('refuses a subnet that overlaps one that %s', async (_how, links, named) => {
    const { putAll, query, errorsOf, changesOf } = space();
    await putAll({
      [`networks/${network}/metadata`]: networkRecord(),
      [`subnets/${other}/metadata`]: subnetRecord({ network: named, cidr: '10.0.0.0/16' }),
      ...links,
    });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { networkId: network, ...ranges } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'cidr', path: 'createSubnet' }]);
    });
    expect(changes).toEqual({});
    await query(create, { variables: { input: ranges } });
    const beside = { networkId: network, cidr: '10.1.0.0/16', startRange: '10.1.0.0', endRange: '10.1.0.1' };
    await query(create, { variables: { input: beside } });
  });

  it('does not create two subnets that overlap in a network at the same time', async () => {
    const { put, query, raced, errorsOf, entries } = space();
    await put(`networks/${network}/metadata`, networkRecord());
    const input = { networkId: network, ...ranges };
    const late = await raced(() => query(create, { variables: { input: { ...input, id: other } } }));
    expect(await late.errorsOf(create, { variables: { input: { ...input, id: subnet } } })).toEqual([
      { code: 'BAD_USER_INPUT', field: 'cidr', path: 'createSubnet' },
    ]);
    expect(Object.keys(await entries()).filter((name) => name.includes(subnet))).toEqual([]);
    expect(await errorsOf(create, { variables: { input } })).toHaveLength(1);
  });

  it('does not create a subnet whose id another node takes at the same time', async () => {
    const { put, raced, entries } = space();
    const late = await raced(() => put(`networks/${subnet}/metadata`, networkRecord()));
    const errors = await late.errorsOf(create, { variables: { input: { id: subnet, ...ranges } } });
    expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'NETWORK', id: subnet, path: 'createSubnet' }]);
    expect(Object.keys(await entries())).toEqual([`networks/${subnet}/metadata`]);
  });

  it('does not create a subnet in a network that is deleted at the same time', async () => {
    const { put, remove: removeKey, raced, entries } = space();
    await put(`networks/${network}/metadata`, networkRecord());
    const late = await raced(() => removeKey(`networks/${network}/metadata`));
    const errors = await late.errorsOf(create, { variables: { input: { networkId: network, ...ranges } } });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'NETWORK', id: network, path: 'createSubnet' }]);
    expect(await entries()).toEqual({});
  });

  it('changes what is given, and leaves what it does not know as it is, under the key as it is stored', async () => {
    const { put, query, entries } = space();
    const stored = `subnets/${subnet.toUpperCase()}/metadata`;
    const record = `"network":"${network}","gateway":"10.0.0.1","cidr":"10.0.0.0/24","start":"10.0.0.10","end":"10.0.0.20","ours":1`;
    await put(stored, `{"id":"${subnet}","metadata":null,${record}}`);
    const input = { id: subnet, gateway: null, startRange: '10.0.0.5', endRange: '10.0.0.255', metadata: { name: 's' } };
    const data = await query(update, { variables: { input } });
    expect(data.updateSubnet.subnet).toMatchObject({ gateway: null, startRange: '10.0.0.5', endRange: '10.0.0.255' });
    expect(await entries()).toEqual({
      [stored]: `{"id":"${subnet}","metadata":{"name":"s"},"network":"${network}","gateway":"","cidr":"10.0.0.0/24","start":"10.0.0.5","end":"10.0.0.255","ours":1}`,
    });
  });

  it('writes nothing when nothing changes, however the record is spelled', async () => {
    const { putAll, query, changesOf } = space();
    const record = `{"id":"${subnet}","cidr":"::ffff:10.0.0.0/120","start":"::ffff:10.0.0.1","end":"10.0.0.9"}`;
    const revision = await putAll({ [key]: record, [`subnets/${subnet}/addresses/10.0.0.77`]: guest });
    const changes = await changesOf(async () => {
      const input = { id: subnet, gateway: null, startRange: '10.0.0.1', endRange: '10.0.0.9', metadata: {} };
      const data = await query(update, { variables: { input } });
      expect(data.updateSubnet.subnet.revision).toBe(String(revision));
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['metadata', { metadata: null }],
    ['ifRevision', { ifRevision: null }],
    ['startRange', { startRange: null }],
    ['endRange', { endRange: null }],
    ['startRange', { startRange: '10.0.1.1' }],
    ['startRange', { startRange: '10.0.0.255' }],
    ['startRange', { startRange: '10.0.0.9', endRange: '10.0.0.8' }],
    ['endRange', { endRange: '2001:db8::1' }],
    ['endRange', { endRange: '10.0.0.0' }],
    ['gateway', { gateway: '10.0.1.1' }],
    // 10.0.0.100 is held.
    ['startRange', { startRange: '10.0.0.101' }],
    ['endRange', { endRange: '10.0.0.99' }],
    ['gateway', { gateway: '10.0.0.100' }],
  ])('refuses an update whose %s is wrong: %o', async (field, wrong) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ [key]: subnetRecord(), [`subnets/${subnet}/addresses/10.0.0.100`]: guest });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, { variables: { input: { id: subnet, ...wrong } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateSubnet' }]);
    });
    expect(changes).toEqual({});
  });

  it('lets a range change that an address is outside of already', async () => {
    const { putAll, query } = space();
    const record = subnetRecord({ start: '10.0.0.10', end: '10.0.0.20' });
    await putAll({ [key]: record, [`subnets/${subnet}/addresses/10.0.0.200`]: guest, [`subnets/${subnet}/addresses/x`]: '' });
    const data = await query(update, { variables: { input: { id: subnet, endRange: '10.0.0.30' } } });
    expect(data.updateSubnet.subnet.endRange).toBe('10.0.0.30');
  });

  it.each([
    ['endRange', { endRange: '10.0.0.99' }],
    ['gateway', { gateway: '10.0.0.100' }],
  ])('does not take an address away that somebody gets at the same time, by its %s', async (field, wrong) => {
    const { put, raced, changesOf } = space();
    await put(key, subnetRecord());
    const late = await raced(() => put(`subnets/${subnet}/addresses/10.0.0.100`, guest));
    const changes = await changesOf(async () => {
      const errors = await late.errorsOf(update, { variables: { input: { id: subnet, ...wrong } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateSubnet' }]);
    });
    expect(changes).toEqual({ [`subnets/${subnet}/addresses/10.0.0.100`]: guest });
  });

  it('changes and deletes a subnet only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(key, subnetRecord());
    const now = await put(key, subnetRecord());
    const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now) };
    const changes = await changesOf(async () => {
      const input = { id: subnet, gateway: '10.0.0.1', ifRevision: String(old) };
      expect(await errorsOf(update, { variables: { input } })).toEqual([{ ...conflict, path: 'updateSubnet' }]);
      const variables = { id: subnet, ifRevision: String(old) };
      expect(await errorsOf(remove, { variables })).toEqual([{ ...conflict, path: 'deleteSubnet' }]);
    });
    expect(changes).toEqual({});
    await query(remove, { variables: { id: subnet, ifRevision: String(now) } });
  });

  it.each([
    ['change', 'updateSubnet', update, { input: { id: subnet, metadata: { a: '1' } } }],
    ['delete', 'deleteSubnet', remove, { id: subnet }],
  ])('does not %s a subnet at a revision that passes at the same time', async (_what, path, document, variables) => {
    const { put, raced, changesOf } = space();
    const ifRevision = String(await put(key, subnetRecord()));
    const late = await raced(() => put(key, subnetRecord({ ours: 1 })));
    const changes = await changesOf(async () => {
      const given = 'input' in variables ? { input: { ...variables.input, ifRevision } } : { ...variables, ifRevision };
      expect(await late.errorsOf(document, { variables: given })).toMatchObject([
        { code: 'CONFLICT', expected: ifRevision, path },
      ]);
    });
    expect(changes).toEqual({ [key]: subnetRecord({ ours: 1 }) });
  });

  it('knows no subnet that is not there', async () => {
    const { errorsOf } = space();
    const missing = { code: 'NOT_FOUND', kind: 'SUBNET', id: subnet };
    expect(await errorsOf(update, { variables: { input: { id: subnet } } })).toEqual([{ ...missing, path: 'updateSubnet' }]);
    expect(await errorsOf(remove, { variables: { id: subnet } })).toEqual([{ ...missing, path: 'deleteSubnet' }]);
  });

  it('deletes a subnet with all its keys and the links of its network', async () => {
    const { putAll, query, entries, ownEntries, revision } = space();
    const kept = {
      [`networks/${network}/metadata`]: networkRecord(),
      [`networks/${network}/subnets/${other}`]: '',
    };
    await putAll({
      ...kept,
      [`networks/${network}/subnets/${subnet}`]: '',
      [`networks/${network}/subnets/${subnet.toUpperCase()}`]: '',
      [`subnets/${subnet.toUpperCase()}/metadata`]: subnetRecord({ network }),
      [`subnets/${subnet.toUpperCase()}/addresses/no-address`]: guest,
      [`gateway/references/subnets/${subnet}`]: '',
    });
    const data = await query(remove, { variables: { id: subnet } });
    expect(data.deleteSubnet).toEqual({ deletedId: subnet, revision: String(await revision()) });
    expect(await entries()).toEqual(kept);
    expect(await ownEntries('references/')).toEqual({});
  });

  it('deletes the link that a network without a record has kept', async () => {
    const { putAll, query, entries } = space();
    await putAll({ [key]: subnetRecord({ network }), [`networks/${network}/subnets/${subnet}`]: '' });
    await query(remove, { variables: { id: subnet } });
    expect(await entries()).toEqual({});
  });

  it.each([
    ['none', ''],
    ['another one', id('a', 2)],
  ])(
    'deletes the link of a network that is still there, where its record names %s, so that the network can be deleted',
    async (_which, named) => {
      const { putAll, query, entries } = space();
      const upper = `networks/${network.toUpperCase()}`;
      await putAll({
        [key]: subnetRecord({ network: named }),
        [`${upper}/metadata`]: networkRecord(),
        [`${upper}/subnets/${subnet.toUpperCase()}`]: '',
        [`networks/lost+found/subnets/${subnet}`]: '',
      });
      await query(remove, { variables: { id: subnet } });
      await query('mutation ($id: ID!) { deleteNetwork(id: $id) { deletedId } }', { variables: { id: network } });
      expect(await entries()).toEqual({ [`networks/lost+found/subnets/${subnet}`]: '' });
    },
  );

  it('deletes a subnet that more networks link to than one commit holds', async () => {
    const { put, putAll, query, entries } = space();
    await put(key, subnetRecord());
    for (const from of [0, 100]) {
      const links = Array.from(
        { length: 100 },
        (_, index) => [`networks/${id('a', from + index)}/subnets/${subnet}`, ''] as const,
      );
      await putAll(Object.fromEntries(links));
    }
    await putAll({ [`networks/${id('a', 200)}/subnets/${subnet}`]: '' });
    await query(remove, { variables: { id: subnet } });
    expect(await entries()).toEqual({});
  });

  it('deletes the link, too, that a writer who knows nothing of gateways puts at the same time', async () => {
    const { put, putAll, raced, entries } = space();
    const records = { [`networks/${network}/metadata`]: networkRecord() };
    await putAll({ ...records, [key]: subnetRecord() });
    const late = await raced(() => put(`networks/${network}/subnets/${subnet}`, ''));
    await late.query(remove, { variables: { id: subnet } });
    expect(await entries()).toEqual(records);
  });

  const uses: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['who holds an address of it', { [`subnets/${subnet}/addresses/10.0.0.7`]: guest.toUpperCase() }, guest],
    ['who is no guest, and holds one', { [`subnets/${subnet}/addresses/10.0.0.7`]: 'a printer' }, 'a printer'],
    [
      'of a hypervisor',
      { [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord(), [`hypervisors/${hypervisor}/subnets/${subnet}`]: 'br0' },
      hypervisor,
    ],
    ['of a hypervisor without a record', { [`hypervisors/${hypervisor}/subnets/${subnet.toUpperCase()}`]: 'br0' }, hypervisor],
    ['of a guest', { [`guests/${guest}/metadata`]: guestRecord({ subnet }) }, guest],
  ];

  it.each(uses)('does not delete a subnet, and says that it is in the way %s', async (_whose, entries, user) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ [key]: subnetRecord(), ...entries });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(remove, { variables: { id: subnet } });
      expect(errors).toEqual([{ code: 'IN_USE', by: [user], path: 'deleteSubnet' }]);
    });
    expect(changes).toEqual({});
  });

  it('does not delete a subnet of which somebody who knows nothing of gateways takes an address at the same time', async () => {
    const { put, raced, entries } = space();
    await put(key, subnetRecord());
    const late = await raced(() => put(`subnets/${subnet}/addresses/10.0.0.7`, guest));
    const errors = await late.errorsOf(remove, { variables: { id: subnet } });
    expect(errors).toEqual([{ code: 'IN_USE', by: [guest], path: 'deleteSubnet' }]);
    expect(await entries()).toHaveProperty([key]);
  });

  it('does not delete a subnet that another gateway attaches at the same time', async () => {
    const { putAll, query, raced, entries } = space();
    await putAll({ [key]: subnetRecord(), [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord() });
    const attach = `mutation { attachSubnet(hypervisorId: "${hypervisor}", subnetId: "${subnet}", bridge: "br0") { hypervisor { id } } }`;
    const late = await raced(() => query(attach));
    const errors = await late.errorsOf(remove, { variables: { id: subnet } });
    expect(errors).toEqual([{ code: 'IN_USE', by: [hypervisor], path: 'deleteSubnet' }]);
    expect(await entries()).toHaveProperty([key]);
  });
}
