import { expect, it } from 'vitest';
import { guestRecord, id, networkRecord, subnetRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const network = id('a', 1);
const create = `mutation ($input: CreateNetworkInput!) { createNetwork(input: $input) { network { id revision metadata name } } }`;
const update = `mutation ($input: UpdateNetworkInput!) { updateNetwork(input: $input) { network { id revision metadata } } }`;
const remove = `mutation ($id: ID!, $ifRevision: Revision) { deleteNetwork(id: $id, ifRevision: $ifRevision) { deletedId revision } }`;

export function networkMutations(space: Space): void {
  it('creates a network as the Go tools write it, in one commit', async () => {
    const { query, changesOf, revision } = space();
    const before = await revision();
    const changes = await changesOf(async () => {
      const data = await query(create, { variables: { input: { id: network.toUpperCase(), metadata: { name: 'n', a: '' } } } });
      expect(data.createNetwork.network).toEqual({
        id: network,
        revision: String(before + 1),
        metadata: { name: 'n', a: '' },
        name: 'n',
      });
    });
    expect(changes).toEqual({
      [`networks/${network}/metadata`]: `{"id":"${network}","metadata":{"a":"","name":"n"}}`,
    });
    expect(await revision()).toBe(before + 1);
  });

  it('takes a new id when none is given', async () => {
    const { query, entries } = space();
    const data = await query(create, { variables: { input: {} } });
    expect(Object.keys(await entries())).toEqual([`networks/${data.createNetwork.network.id}/metadata`]);
  });

  it.each([
    ['a network', `networks/${network}/metadata`, networkRecord(), 'NETWORK'],
    ['a guest', `guests/${network}/metadata`, guestRecord(), 'GUEST'],
    ['a record that cannot be read', `subnets/${network}/metadata`, '{', 'SUBNET'],
    ['an upper-case id', `networks/${network.toUpperCase()}/metadata`, networkRecord(), 'NETWORK'],
  ])('refuses the id that %s has', async (_what, key, record, kind) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, record);
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { id: network } } });
      expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind, id: network, path: 'createNetwork' }]);
    });
    expect(changes).toEqual({});
  });

  it('merges metadata, and leaves what it does not know as it is', async () => {
    const { put, query, entries } = space();
    await put(`networks/${network}/metadata`, `{"id":"${network}","metadata":{"a":"1","b":"2"},"ours": 9007199254740993}`);
    await query(update, { variables: { input: { id: network, metadata: { a: null, c: '3' } } } });
    expect(await entries()).toEqual({
      [`networks/${network}/metadata`]: `{"id":"${network}","metadata":{"b":"2","c":"3"},"ours": 9007199254740993}`,
    });
  });

  it('changes a network only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(`networks/${network}/metadata`, networkRecord());
    const now = await put(`networks/${network}/metadata`, networkRecord());
    const changes = await changesOf(async () => {
      const input = { id: network, metadata: { a: '1' }, ifRevision: String(old) };
      expect(await errorsOf(update, { variables: { input } })).toEqual([
        { code: 'CONFLICT', expected: String(old), actual: String(now), path: 'updateNetwork' },
      ]);
      expect(await errorsOf(remove, { variables: { id: network, ifRevision: String(old) } })).toEqual([
        { code: 'CONFLICT', expected: String(old), actual: String(now), path: 'deleteNetwork' },
      ]);
    });
    expect(changes).toEqual({});
    await query(update, { variables: { input: { id: network, metadata: { a: '1' }, ifRevision: String(now) } } });
  });

  it.each([
    ['metadata', { metadata: null }],
    ['ifRevision', { ifRevision: null }],
    ['metadata', { metadata: { long: 'x'.repeat(64 * 1024) } }],
    ['id', { id: 'x' }],
  ])('refuses an update whose %s is wrong', async (field, input) => {
    const { put, errorsOf } = space();
    await put(`networks/${network}/metadata`, networkRecord());
    const errors = await errorsOf(update, { variables: { input: { id: network, ...input } } });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateNetwork' }]);
  });

  it('knows no network that is not there', async () => {
    const { errorsOf } = space();
    const missing = { code: 'NOT_FOUND', kind: 'NETWORK', id: network };
    expect(await errorsOf(update, { variables: { input: { id: network } } })).toEqual([{ ...missing, path: 'updateNetwork' }]);
    expect(await errorsOf(remove, { variables: { id: network } })).toEqual([{ ...missing, path: 'deleteNetwork' }]);
  });

  it('deletes a network with all its keys', async () => {
    const { putAll, query, entries, revision, ownEntries } = space();
    await putAll({
      [`networks/${network}/metadata`]: networkRecord(),
      [`networks/${network}/other`]: '',
      [`gateway/references/networks/${network}`]: '',
    });
    const data = await query(remove, { variables: { id: network } });
    expect(data.deleteNetwork).toEqual({ deletedId: network, revision: String(await revision()) });
    expect(await entries()).toEqual({});
    expect(await ownEntries('references/')).toEqual({});
  });

  it.each([
    ['a link to a subnet', `networks/${network}/subnets/${id('b', 1)}`, '', id('b', 1)],
    ['a subnet', `subnets/${id('b', 1)}/metadata`, subnetRecord({ network }), id('b', 1)],
    ['a guest', `guests/${id('c', 1)}/metadata`, guestRecord({ network }), id('c', 1)],
  ])('does not delete a network that %s uses', async (_what, key, value, user) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ [`networks/${network}/metadata`]: networkRecord(), [key]: value });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(remove, { variables: { id: network } });
      expect(errors).toEqual([{ code: 'IN_USE', by: [user], path: 'deleteNetwork' }]);
    });
    expect(changes).toEqual({});
  });
}
