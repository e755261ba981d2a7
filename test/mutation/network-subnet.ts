import { expect, it } from 'vitest';
import { id, networkRecord, subnetRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const network = id('a', 1);
const elsewhere = id('a', 2);
const subnet = id('b', 1);
const other = id('b', 2);
const guest = id('c', 1);
const link = `networks/${network}/subnets/${subnet}`;
const address = `subnets/${subnet}/addresses/10.0.0.7`;

const ids = { networkId: network, subnetId: subnet };
const add = `mutation ($networkId: ID!, $subnetId: ID!) {
  addSubnetToNetwork(networkId: $networkId, subnetId: $subnetId) { subnet { id networkId network { subnets { nodes { id } } } } }
}`;
const leave = `mutation ($networkId: ID!, $subnetId: ID!) {
  removeSubnetFromNetwork(networkId: $networkId, subnetId: $subnetId) { subnet { id networkId } }
}`;

const isIn = { id: subnet, networkId: network, network: { subnets: { nodes: [{ id: subnet }] } } };
const records = { [`networks/${network}/metadata`]: networkRecord(), [`subnets/${subnet}/metadata`]: subnetRecord() };
const linked = { ...records, [`subnets/${subnet}/metadata`]: subnetRecord({ network }), [link]: '' };

const inAnother = [{ code: 'INVALID_STATE', state: 'LINKED', networkId: elsewhere, path: 'addSubnetToNetwork' }];

export function networkSubnetMutations(space: Space): void {
  it('links a subnet and a network on both sides in one commit', async () => {
    const { putAll, query, changesOf, ownEntries, revision } = space();
    await putAll(records);
    const before = await revision();
    const changes = await changesOf(async () => {
      const data = await query(add, { variables: { networkId: network.toUpperCase(), subnetId: `{${subnet}}` } });
      expect(data.addSubnetToNetwork.subnet).toEqual(isIn);
    });
    expect(changes).toEqual({ [`subnets/${subnet}/metadata`]: subnetRecord({ network }), [link]: '' });
    expect(await revision()).toBe(before + 1);
    expect(await ownEntries('references/')).toEqual({
      [`references/networks/${network}`]: '',
      [`references/subnets/${subnet}`]: '',
    });
  });

  it('leaves a subnet that is in the network already as it is', async () => {
    const { putAll, query, changesOf, revision } = space();
    const { [link]: _link, ...rest } = linked;
    const before = await putAll({ ...rest, [`networks/${network}/subnets/${subnet.toUpperCase()}`]: '' });
    const changes = await changesOf(async () => {
      const data = await query(add, { variables: ids });
      expect(data.addSubnetToNetwork.subnet).toEqual(isIn);
    });
    expect(changes).toEqual({});
    expect(await revision()).toBe(before);
  });

  it.each([
    ['its link', { [`subnets/${subnet}/metadata`]: subnetRecord({ network }) }],
    ['the name in its record', { [link]: '' }],
  ])('repairs a subnet that is in the network but for %s', async (_what, entries) => {
    const { putAll, query, entries: read } = space();
    await putAll({ ...records, ...entries });
    await query(add, { variables: ids });
    expect(await read()).toEqual(linked);
  });

  it('repairs a record whose network spells the link in upper case, and adds no second link', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...records, [`networks/${network}/subnets/${subnet.toUpperCase()}`]: '' });
    const changes = await changesOf(() => query(add, { variables: ids }));
    expect(changes).toEqual({ [`subnets/${subnet}/metadata`]: subnetRecord({ network }) });
  });

  it('repairs a one-sided subnet whatever else overlaps it there', async () => {
    const { putAll, query, entries } = space();
    const named = { ...records, [`subnets/${subnet}/metadata`]: subnetRecord({ network }) };
    await putAll({ ...named, [`subnets/${other}/metadata`]: subnetRecord({ network }) });
    await query(add, { variables: ids });
    expect(await entries()).toHaveProperty([link], '');
  });

  it('takes a subnet over from a network that is gone', async () => {
    const { putAll, query, entries } = space();
    await putAll({ ...records, [`subnets/${subnet}/metadata`]: subnetRecord({ network: elsewhere }) });
    await query(add, { variables: ids });
    expect(await entries()).toEqual(linked);
  });

  it.each([
    ['another network', networkRecord()],
    ['another network, whose record cannot be read', '{'],
  ])('does not take a subnet over from %s', async (_what, record) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({
      ...records,
      [`networks/${elsewhere.toUpperCase()}/metadata`]: record,
      [`subnets/${subnet}/metadata`]: subnetRecord({ network: elsewhere }),
      [link]: '',
    });
    const changes = await changesOf(async () => {
      expect(await errorsOf(add, { variables: ids })).toEqual(inAnother);
    });
    expect(changes).toEqual({});
  });

  it('does not take a subnet over from a network that comes back at the same time', async () => {
    const { putAll, put, raced, changesOf } = space();
    await putAll({ ...records, [`subnets/${subnet}/metadata`]: subnetRecord({ network: elsewhere }) });
    const late = await raced(() => put(`networks/${elsewhere}/metadata`, networkRecord()));
    const changes = await changesOf(async () => {
      expect(await late.errorsOf(add, { variables: ids })).toEqual(inAnother);
    });
    expect(Object.keys(changes)).toEqual([`networks/${elsewhere}/metadata`]);
  });

  it('does not take a subnet that another network gets at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    const taken = { [`subnets/${subnet}/metadata`]: subnetRecord({ network: elsewhere }) };
    await putAll({ ...records, [`networks/${elsewhere}/metadata`]: networkRecord() });
    const late = await raced(() => putAll(taken));
    const changes = await changesOf(async () => {
      expect(await late.errorsOf(add, { variables: ids })).toEqual(inAnother);
    });
    expect(changes).toEqual(taken);
  });

  it.each([
    ['the network links to', { [`networks/${network}/subnets/${other}`]: '' }, ''],
    ['names the network', {}, network],
  ])('refuses a subnet that overlaps one that %s', async (_how, links, named) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...records, [`subnets/${other}/metadata`]: subnetRecord({ network: named, cidr: '10.0.0.0/8' }), ...links });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(add, { variables: ids });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'subnetId', path: 'addSubnetToNetwork' }]);
    });
    expect(changes).toEqual({});
  });

  it('does not add two subnets that overlap at the same time', async () => {
    const { putAll, query, raced, entries } = space();
    await putAll({ ...records, [`subnets/${other}/metadata`]: subnetRecord() });
    const late = await raced(() => query(add, { variables: { ...ids, subnetId: other } }));
    const errors = await late.errorsOf(add, { variables: ids });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'subnetId', path: 'addSubnetToNetwork' }]);
    expect(await entries()).not.toHaveProperty([link]);
  });

  it.each([
    ['NETWORK', network, { [`subnets/${subnet}/metadata`]: subnetRecord() }],
    ['SUBNET', subnet, { [`networks/${network}/metadata`]: networkRecord() }],
  ])('does not link what is not there: a %s', async (kind, missing, entries) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll(entries);
    const changes = await changesOf(async () => {
      const notFound = { code: 'NOT_FOUND', kind, id: missing };
      expect(await errorsOf(add, { variables: ids })).toEqual([{ ...notFound, path: 'addSubnetToNetwork' }]);
      expect(await errorsOf(leave, { variables: ids })).toEqual([{ ...notFound, path: 'removeSubnetFromNetwork' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['networkId', { networkId: 'x' }],
    ['subnetId', { subnetId: 'x' }],
  ])('refuses a %s that is no id', async (field, wrong) => {
    const { errorsOf } = space();
    const badInput = { code: 'BAD_USER_INPUT', field };
    const variables = { ...ids, ...wrong };
    expect(await errorsOf(add, { variables })).toEqual([{ ...badInput, path: 'addSubnetToNetwork' }]);
    expect(await errorsOf(leave, { variables })).toEqual([{ ...badInput, path: 'removeSubnetFromNetwork' }]);
  });

  it('takes a subnet out of a network on both sides, however the link is spelled', async () => {
    const { putAll, query, entries, revision } = space();
    const before = await putAll({ ...linked, [`networks/${network}/subnets/${subnet.toUpperCase()}`]: '' });
    const data = await query(leave, { variables: ids });
    expect(data.removeSubnetFromNetwork.subnet).toEqual({ id: subnet, networkId: null });
    expect(await entries()).toEqual(records);
    expect(await revision()).toBe(before + 1);
  });

  it.each([
    ['the link', { [link]: '' }],
    ['the name in its record', { [`subnets/${subnet}/metadata`]: subnetRecord({ network }) }],
  ])('takes a subnet out that is in the network by %s alone', async (_what, entries) => {
    const { putAll, query, entries: read } = space();
    await putAll({ ...records, ...entries });
    await query(leave, { variables: ids });
    expect(await read()).toEqual(records);
  });

  it('takes the link away that a subnet in another network has left behind', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...linked, [`subnets/${subnet}/metadata`]: subnetRecord({ network: elsewhere }) });
    const changes = await changesOf(() => query(leave, { variables: ids }));
    expect(changes).toEqual({ [link]: null });
  });

  it('takes the link away that a deleted subnet has left behind, and answers no subnet', async () => {
    const { putAll, query, changesOf } = space();
    await putAll({ [`networks/${network}/metadata`]: networkRecord(), [link]: '', [address]: guest });
    const changes = await changesOf(async () => {
      expect(await query(leave, { variables: ids })).toEqual({ removeSubnetFromNetwork: null });
    });
    expect(changes).toEqual({ [link]: null });
  });

  it('does not take a subnet out of a network that it is not in', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll(records);
    const changes = await changesOf(async () => {
      const errors = await errorsOf(leave, { variables: ids });
      expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'SUBNET', id: subnet, path: 'removeSubnetFromNetwork' }]);
    });
    expect(changes).toEqual({});
  });

  const inUse = [{ code: 'IN_USE', by: [guest], path: 'removeSubnetFromNetwork' }];

  it('does not take a subnet out while an address of it is held', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...linked, [address]: guest });
    const changes = await changesOf(async () => {
      expect(await errorsOf(leave, { variables: ids })).toEqual(inUse);
    });
    expect(changes).toEqual({});
  });

  it('does not take a subnet out of which somebody gets an address at the same time', async () => {
    const { putAll, put, raced, entries } = space();
    await putAll(linked);
    const late = await raced(() => put(address, guest));
    expect(await late.errorsOf(leave, { variables: ids })).toEqual(inUse);
    expect(await entries()).toEqual({ ...linked, [address]: guest });
  });

  it('takes a subnet out whose record is changed at the same time, and leaves the change', async () => {
    const { putAll, put, raced, entries } = space();
    await putAll(linked);
    const late = await raced(() => put(`subnets/${subnet}/metadata`, subnetRecord({ network, ours: 1 })));
    await late.query(leave, { variables: ids });
    expect(await entries()).toEqual({ ...records, [`subnets/${subnet}/metadata`]: subnetRecord({ ours: 1 }) });
  });

  it('takes a subnet out that comes back at the same time', async () => {
    const { putAll, put, raced, entries } = space();
    await putAll({ [`networks/${network}/metadata`]: networkRecord(), [link]: '' });
    const late = await raced(() => put(`subnets/${subnet}/metadata`, subnetRecord({ network })));
    const data = await late.query(leave, { variables: ids });
    expect(data.removeSubnetFromNetwork.subnet).toEqual({ id: subnet, networkId: null });
    expect(await entries()).toEqual(records);
  });

  it('takes both sides away when the missing one is added at the same time', async () => {
    const { putAll, put, raced, entries } = space();
    await putAll({ ...records, [`subnets/${subnet}/metadata`]: subnetRecord({ network }) });
    const late = await raced(() => put(link, ''));
    await late.query(leave, { variables: ids });
    expect(await entries()).toEqual(records);
  });
}
