import { expect, it } from 'vitest';
import { guestRecord, hypervisorRecord, id, subnetRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const hypervisor = id('d', 1);
const subnet = id('b', 1);
const guest = id('c', 1);
const link = `hypervisors/${hypervisor}/subnets/${subnet}`;
const linkToGuest = `hypervisors/${hypervisor}/guests/${guest}`;
const guestKey = `guests/${guest}/metadata`;

const attach = `mutation ($hypervisorId: ID!, $subnetId: ID!, $bridge: String!) {
  attachSubnet(hypervisorId: $hypervisorId, subnetId: $subnetId, bridge: $bridge) {
    hypervisor { id subnetAttachments { nodes { subnetId bridge } } }
  }
}`;
const detach = `mutation ($hypervisorId: ID!, $subnetId: ID!) {
  detachSubnet(hypervisorId: $hypervisorId, subnetId: $subnetId) { hypervisor { id subnetAttachments { totalCount } } }
}`;

const ids = { hypervisorId: hypervisor, subnetId: subnet };
const records = {
  [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord(),
  [`subnets/${subnet}/metadata`]: subnetRecord(),
};
const attached = { ...records, [link]: 'br0' };
/** A guest that runs there, connected to the subnet. */
const placed = { [guestKey]: guestRecord({ hypervisor, subnet, ip: '10.0.0.7', bridge: 'br0' }), [linkToGuest]: guest };

export function hypervisorSubnetMutations(space: Space): void {
  it('attaches a subnet to a hypervisor with the name of a bridge, in one commit', async () => {
    const { putAll, query, changesOf, ownEntries, revision } = space();
    const before = await putAll(records);
    const changes = await changesOf(async () => {
      const variables = { hypervisorId: hypervisor.toUpperCase(), subnetId: `urn:uuid:${subnet}`, bridge: 'mistify0' };
      const data = await query(attach, { variables });
      expect(data.attachSubnet.hypervisor).toEqual({
        id: hypervisor,
        subnetAttachments: { nodes: [{ subnetId: subnet, bridge: 'mistify0' }] },
      });
    });
    expect(changes).toEqual({ [link]: 'mistify0' });
    expect(await revision()).toBe(before + 1);
    expect(await ownEntries('references/')).toEqual({
      [`references/hypervisors/${hypervisor}`]: '',
      [`references/subnets/${subnet}`]: '',
    });
  });

  it.each([
    ['bridge', { bridge: '' }],
    ['bridge', { bridge: '0123456789abcdef' }],
    ['bridge', { bridge: 'br\u{1f309}0123456789' }],
    ['bridge', { bridge: 'br 0' }],
    ['bridge', { bridge: 'br\u00a00' }],
    ['bridge', { bridge: 'br/0' }],
    ['bridge', { bridge: 'br:0' }],
    ['bridge', { bridge: '.' }],
    ['bridge', { bridge: '..' }],
    ['bridge', { bridge: 'br\n' }],
    ['bridge', { bridge: 'br\0' }],
    ['hypervisorId', { hypervisorId: 'x' }],
    ['subnetId', { subnetId: 'x' }],
  ])('refuses a %s that is wrong: %o', async (field, wrong) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll(records);
    const changes = await changesOf(async () => {
      const errors = await errorsOf(attach, { variables: { ...ids, bridge: 'br0', ...wrong } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'attachSubnet' }]);
    });
    expect(changes).toEqual({});
  });

  it('takes a bridge of 15 bytes', async () => {
    const { putAll, query, entries } = space();
    await putAll(records);
    await query(attach, { variables: { ...ids, bridge: '0123456789abcde' } });
    expect(await entries()).toHaveProperty([link], '0123456789abcde');
  });

  it.each([
    ['HYPERVISOR', hypervisor, { [`subnets/${subnet}/metadata`]: subnetRecord() }],
    ['SUBNET', subnet, { [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord() }],
  ])('does not attach what is not there: a %s', async (kind, missing, entries) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll(entries);
    const changes = await changesOf(async () => {
      const errors = await errorsOf(attach, { variables: { ...ids, bridge: 'br0' } });
      expect(errors).toEqual([{ code: 'NOT_FOUND', kind, id: missing, path: 'attachSubnet' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['HYPERVISOR', hypervisor, `hypervisors/${hypervisor}/metadata`],
    ['SUBNET', subnet, `subnets/${subnet}/metadata`],
  ])('does not attach what is deleted at the same time: a %s', async (kind, missing, key) => {
    const { putAll, remove, raced, entries } = space();
    await putAll(records);
    const late = await raced(() => remove(key));
    const errors = await late.errorsOf(attach, { variables: { ...ids, bridge: 'br0' } });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind, id: missing, path: 'attachSubnet' }]);
    expect(await entries()).not.toHaveProperty([link]);
  });

  it('leaves a subnet that is attached so already as it is, also while a guest uses it', async () => {
    const { putAll, query, changesOf, revision } = space();
    const before = await putAll({ ...attached, ...placed });
    const changes = await changesOf(() => query(attach, { variables: { ...ids, bridge: 'br0' } }));
    expect(changes).toEqual({});
    expect(await revision()).toBe(before);
  });

  it('changes the bridge under the key as it is stored', async () => {
    const { putAll, query, entries } = space();
    const upper = `hypervisors/${hypervisor.toUpperCase()}`;
    const stored = {
      [`${upper}/metadata`]: hypervisorRecord(),
      [`subnets/${subnet}/metadata`]: subnetRecord(),
      [`${upper}/subnets/${subnet.toUpperCase()}`]: '',
    };
    await putAll(stored);
    const data = await query(attach, { variables: { ...ids, bridge: 'br1' } });
    expect(data.attachSubnet.hypervisor.subnetAttachments.nodes).toEqual([{ subnetId: subnet, bridge: 'br1' }]);
    expect(await entries()).toEqual({ ...stored, [`${upper}/subnets/${subnet.toUpperCase()}`]: 'br1' });
  });

  it('changes the bridge that guests of other subnets and of other hypervisors do not use', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({
      ...attached,
      [linkToGuest]: guest,
      [guestKey]: guestRecord({ hypervisor, subnet: id('b', 2) }),
      [`guests/${id('c', 2)}/metadata`]: guestRecord({ hypervisor: id('d', 2), subnet }),
      [`hypervisors/${hypervisor}/guests/${id('c', 3)}`]: '',
    });
    const changes = await changesOf(() => query(attach, { variables: { ...ids, bridge: 'br1' } }));
    expect(changes).toEqual({ [link]: 'br1' });
  });

  it('does not change the bridge, and does not detach the subnet, while a guest there uses it', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...attached, ...placed });
    const changes = await changesOf(async () => {
      const inUse = { code: 'IN_USE', by: [guest] };
      expect(await errorsOf(attach, { variables: { ...ids, bridge: 'br1' } })).toEqual([{ ...inUse, path: 'attachSubnet' }]);
      expect(await errorsOf(detach, { variables: ids })).toEqual([{ ...inUse, path: 'detachSubnet' }]);
    });
    expect(changes).toEqual({});
  });

  const address = { [`subnets/${subnet}/addresses/10.0.0.7`]: guest.toUpperCase() };

  it.each([
    ['whose record names both, without a link', { [guestKey]: placed[guestKey] ?? '' }],
    ['with an address of it, whose record can not be read', { [linkToGuest]: guest, ...address, [guestKey]: '{' }],
    ['with an address of it, whose record is missing', { [linkToGuest]: guest, ...address }],
    [
      'with an address of it, whose record names no hypervisor yet',
      { [linkToGuest]: guest, ...address, [guestKey]: guestRecord() },
    ],
  ])('does not change the bridge, and does not detach the subnet, while there is a guest there %s', async (_which, entries) => {
    const { putAll, errorsOf, changesOf, remove } = space();
    await putAll({ ...attached, ...entries });
    const inUse = { code: 'IN_USE', by: [guest] };
    const changes = await changesOf(async () => {
      expect(await errorsOf(attach, { variables: { ...ids, bridge: 'br1' } })).toEqual([{ ...inUse, path: 'attachSubnet' }]);
      expect(await errorsOf(detach, { variables: ids })).toEqual([{ ...inUse, path: 'detachSubnet' }]);
    });
    expect(changes).toEqual({});
    await remove(`subnets/${subnet}/metadata`);
    expect(await errorsOf(detach, { variables: ids })).toEqual([{ ...inUse, path: 'detachSubnet' }]);
  });

  it.each([
    ['whose record is missing', {}],
    ['whose record is broken', { [guestKey]: '{' }],
    ['that is on no hypervisor', { [guestKey]: guestRecord() }],
  ])('detaches a subnet of which a linked guest %s has no address', async (_which, record) => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...attached, [linkToGuest]: guest, ...record, [`subnets/${subnet}/addresses/10.0.0.8`]: id('c', 9) });
    expect(await changesOf(() => query(detach, { variables: ids }))).toEqual({ [link]: null });
  });

  it.each([
    ['gets its record', {}, { [guestKey]: placed[guestKey] ?? '' }],
    [
      'is placed in its record, whose key is in upper case',
      { [`guests/${guest.toUpperCase()}/metadata`]: guestRecord() },
      {
        [`guests/${guest.toUpperCase()}/metadata`]: placed[guestKey] ?? '',
      },
    ],
    ['gets an address', {}, address],
  ])('does not detach a subnet from under a linked guest that %s at the same time', async (_what, before, written) => {
    const { putAll, raced, entries } = space();
    const stored = { ...attached, [linkToGuest]: guest, ...before };
    await putAll(stored);
    const late = await raced(() => putAll(written));
    expect(await late.errorsOf(detach, { variables: ids })).toEqual([{ code: 'IN_USE', by: [guest], path: 'detachSubnet' }]);
    expect(await entries()).toEqual({ ...stored, ...written });
  });

  it.each([
    ['change the bridge', attach, 'attachSubnet'],
    ['detach the subnet', detach, 'detachSubnet'],
  ])('does not %s that somebody places a guest on at the same time', async (_what, document, path) => {
    const { putAll, raced, entries } = space();
    await putAll(attached);
    const late = await raced(() => putAll(placed));
    const bridge = document === attach ? { bridge: 'br1' } : {};
    const errors = await late.errorsOf(document, { variables: { ...ids, ...bridge } });
    expect(errors).toEqual([{ code: 'IN_USE', by: [guest], path }]);
    expect(await entries()).toEqual({ ...attached, ...placed });
  });

  it('does not attach a subnet with another bridge than the one that a guest gets there at the same time', async () => {
    const { putAll, raced, entries } = space();
    await putAll(records);
    const late = await raced(() => putAll({ [link]: 'br0', ...placed }));
    const errors = await late.errorsOf(attach, { variables: { ...ids, bridge: 'br1' } });
    expect(errors).toEqual([{ code: 'IN_USE', by: [guest], path: 'attachSubnet' }]);
    expect(await entries()).toEqual({ ...attached, ...placed });
  });

  it('writes nothing when somebody gives it the same bridge at the same time', async () => {
    const { putAll, put, raced, revision } = space();
    await putAll(attached);
    const late = await raced(() => put(link, 'br1'));
    const before = await revision();
    await late.query(attach, { variables: { ...ids, bridge: 'br1' } });
    expect(await revision()).toBe(before + 1);
  });

  it('attaches a subnet that is detached at the same time anew', async () => {
    const { putAll, remove, raced, entries } = space();
    await putAll(attached);
    const late = await raced(() => remove(link));
    await late.query(attach, { variables: { ...ids, bridge: 'br1' } });
    expect(await entries()).toEqual({ ...records, [link]: 'br1' });
  });

  it('detaches a subnet, however its link is spelled', async () => {
    const { putAll, query, entries, revision } = space();
    const before = await putAll({ ...attached, [`hypervisors/${hypervisor}/subnets/${subnet.toUpperCase()}`]: 'br1' });
    const data = await query(detach, { variables: ids });
    expect(data.detachSubnet.hypervisor).toEqual({ id: hypervisor, subnetAttachments: { totalCount: 0 } });
    expect(await entries()).toEqual(records);
    expect(await revision()).toBe(before + 1);
  });

  it('detaches a subnet that is gone', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord(), [link]: 'br0' });
    const changes = await changesOf(() => query(detach, { variables: ids }));
    expect(changes).toEqual({ [link]: null });
  });

  it('detaches a subnet from what a hypervisor that is gone has left behind, and answers no hypervisor', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ [`subnets/${subnet}/metadata`]: subnetRecord(), [link]: 'br0' });
    const changes = await changesOf(async () => {
      expect(await query(detach, { variables: ids })).toEqual({ detachSubnet: null });
    });
    expect(changes).toEqual({ [link]: null });
  });

  it('does not detach a subnet that somebody else detaches at the same time', async () => {
    const { putAll, remove, raced } = space();
    await putAll(attached);
    const late = await raced(() => remove(link));
    const errors = await late.errorsOf(detach, { variables: ids });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'SUBNET', id: subnet, path: 'detachSubnet' }]);
  });

  it('detaches a subnet from a hypervisor whose record goes at the same time', async () => {
    const { putAll, remove, raced, entries } = space();
    await putAll(attached);
    const late = await raced(() => remove(`hypervisors/${hypervisor}/metadata`));
    expect(await late.query(detach, { variables: ids })).toEqual({ detachSubnet: null });
    expect(await entries()).toEqual({ [`subnets/${subnet}/metadata`]: subnetRecord() });
  });

  it.each([
    ['SUBNET', subnet, records],
    ['HYPERVISOR', hypervisor, { [`subnets/${subnet}/metadata`]: subnetRecord() }],
  ])('does not detach what is not attached: NOT_FOUND names the %s', async (kind, missing, entries) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll(entries);
    const changes = await changesOf(async () => {
      const errors = await errorsOf(detach, { variables: ids });
      expect(errors).toEqual([{ code: 'NOT_FOUND', kind, id: missing, path: 'detachSubnet' }]);
    });
    expect(changes).toEqual({});
  });
}
