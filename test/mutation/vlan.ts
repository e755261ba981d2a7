import { expect, it } from 'vitest';
import { id, vlanGroupRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const key = 'vlans/42/metadata';
const record = '{"tag":42,"description":"web"}';
const group = id('9', 1);
const create = `mutation ($input: CreateVLANInput!) { createVLAN(input: $input) { vlan { id revision tag description } } }`;
const update = `mutation ($input: UpdateVLANInput!) { updateVLAN(input: $input) { vlan { id revision tag description } } }`;
const remove = `mutation ($tag: Int!, $ifRevision: Revision) { deleteVLAN(tag: $tag, ifRevision: $ifRevision) { deletedId revision } }`;
const add = `mutation ($vlanGroupId: ID!, $tag: Int!) { addVLANToGroup(vlanGroupId: $vlanGroupId, tag: $tag) { vlanGroup { id } } }`;

/** Both sides of links to groups of these ids. */
function links(groupIds: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    groupIds.flatMap((groupId) => [`vlans/42/vlangroups/${groupId}`, `vlangroups/${groupId}/vlans/42`].map((link) => [link, ''])),
  );
}

export function vlanMutations(space: Space): void {
  it.each([
    ['a VLAN', { tag: 4095, description: 'a "b" é' }, '{"tag":4095,"description":"a \\"b\\" é"}'],
    ['one without a description', { tag: 1 }, '{"tag":1,"description":""}'],
  ])('creates %s as the Go tools write it', async (_what, input, stored) => {
    const { query, changesOf, revision } = space();
    const changes = await changesOf(async () => {
      const data = await query(create, { variables: { input } });
      expect(data.createVLAN.vlan).toEqual({
        id: `vlan:${input.tag}`,
        revision: String(await revision()),
        description: '',
        ...input,
      });
    });
    expect(changes).toEqual({ [`vlans/${input.tag}/metadata`]: stored });
  });

  it.each([
    ['tag', { tag: 0 }],
    ['tag', { tag: 4096 }],
    ['tag', { tag: -1 }],
    ['description', { description: 'é'.repeat(32 * 1024 + 1) }],
    ['description', { description: 'half of \ud83e' }],
  ])('refuses a VLAN whose %s is wrong', async (field, wrong) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, record);
    const changes = await changesOf(async () => {
      const created = await errorsOf(create, { variables: { input: { tag: 1, ...wrong } } });
      expect(created).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'createVLAN' }]);
      const updated = await errorsOf(update, { variables: { input: { tag: 42, description: '', ...wrong } } });
      expect(updated).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateVLAN' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['that there is', record],
    ['whose record cannot be read', '{'],
  ])('refuses a tag %s', async (_what, stored) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, stored);
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { tag: 42 } } });
      expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'VLAN', id: 'vlan:42', path: 'createVLAN' }]);
    });
    expect(changes).toEqual({});
  });

  it('refuses a tag that somebody takes at the same time', async () => {
    const { raced, put, entries } = space();
    const gateway = await raced(() => put(key, record));
    const errors = await gateway.errorsOf(create, { variables: { input: { tag: 42 } } });
    expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'VLAN', id: 'vlan:42', path: 'createVLAN' }]);
    expect(await entries()).toEqual({ [key]: record });
  });

  it('changes the description, and leaves all else byte for byte', async () => {
    const { put, query, changesOf } = space();
    await put(key, '{ "tag":42,"Description":"web","ours":1.0}');
    const changes = await changesOf(() => query(update, { variables: { input: { tag: 42, description: '' } } }));
    expect(changes).toEqual({ [key]: '{ "tag":42,"description":"","ours":1.0}' });
  });

  it('does not rewrite a record that says the same in another way', async () => {
    const { put, query } = space();
    const tooLong = 'x'.repeat(64 * 1024);
    const stored = await put(key, `{"description":"\\u0026${tooLong}"}`);
    const data = await query(update, { variables: { input: { tag: 42, description: `&${tooLong}` } } });
    expect(data.updateVLAN.vlan.revision).toBe(String(stored));
  });

  it('changes and deletes a VLAN only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(key, record);
    const now = await put(key, record);
    const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now) };
    const changes = await changesOf(async () => {
      const input = { tag: 42, description: '', ifRevision: String(old) };
      expect(await errorsOf(update, { variables: { input } })).toEqual([{ ...conflict, path: 'updateVLAN' }]);
      const variables = { tag: 42, ifRevision: String(old) };
      expect(await errorsOf(remove, { variables })).toEqual([{ ...conflict, path: 'deleteVLAN' }]);
      expect(await errorsOf(remove, { variables: { tag: 42, ifRevision: null } })).toEqual([
        { code: 'BAD_USER_INPUT', field: 'ifRevision', path: 'deleteVLAN' },
      ]);
    });
    expect(changes).toEqual({});
    await query(update, { variables: { input: { tag: 42, description: 'x', ifRevision: String(now) } } });
  });

  it('knows no VLAN that is not there', async () => {
    const { errorsOf } = space();
    const missing = { code: 'NOT_FOUND', kind: 'VLAN', id: 'vlan:42' };
    expect(await errorsOf(update, { variables: { input: { tag: 42, description: '' } } })).toEqual([
      { ...missing, path: 'updateVLAN' },
    ]);
    expect(await errorsOf(remove, { variables: { tag: 42 } })).toEqual([{ ...missing, path: 'deleteVLAN' }]);
    expect(await errorsOf(remove, { variables: { tag: 0 } })).toEqual([
      { code: 'BAD_USER_INPUT', field: 'tag', path: 'deleteVLAN' },
    ]);
  });

  it('deletes a VLAN with both sides of its links, whoever wrote them and whatever is gone', async () => {
    const { putAll, query, entries, revision } = space();
    const upper = id('a', 1).toUpperCase();
    const others = {
      [`vlangroups/${group}/metadata`]: vlanGroupRecord(),
      [`vlangroups/${group}/vlans/4`]: '',
      [`vlangroups/${group}/vlans/421`]: '',
      [`vlans/421/vlangroups/${group}`]: '',
      [`vlangroups/${group}/other/42`]: '',
    };
    await putAll({
      ...others,
      [key]: record,
      'vlans/42/other': '',
      ...links([group, id('9', 2)]),
      [`vlans/42/vlangroups/${upper}`]: '',
      [`vlangroups/${upper}/vlans/42`]: '',
      [`vlangroups/${id('9', 3)}/vlans/42`]: '',
    });
    const data = await query(remove, { variables: { tag: 42 } });
    expect(data.deleteVLAN).toEqual({ deletedId: 'vlan:42', revision: String(await revision()) });
    expect(await entries()).toEqual(others);
  });

  it('deletes a VLAN of more groups than fit into one commit', async () => {
    const { putAll, query, entries, revision } = space();
    const groupIds = Array.from({ length: 130 }, (_, number) => id('9', number));
    await putAll({ [key]: record });
    for (let from = 0; from < groupIds.length; from += 50) await putAll(links(groupIds.slice(from, from + 50)));
    const before = await revision();
    await query(remove, { variables: { tag: 42 } });
    expect(await entries()).toEqual({});
    expect(await revision()).toBe(before + 3);
  });

  it('leaves links whole when a delete of many steps ends early', async () => {
    const { raced, putAll, put, entries } = space();
    const groupIds = Array.from({ length: 130 }, (_, number) => id('9', number));
    await putAll({ [key]: record });
    for (let from = 0; from < groupIds.length; from += 50) await putAll(links(groupIds.slice(from, from + 50)));
    let now = await put(key, record);
    const gateway = await raced(
      () => undefined,
      async () => {
        now = await put(key, record);
      },
    );
    const variables = { tag: 42, ifRevision: String(now) };
    const errors = await gateway.errorsOf(remove, { variables });
    expect(errors).toEqual([{ code: 'CONFLICT', expected: variables.ifRevision, actual: String(now), path: 'deleteVLAN' }]);
    expect(await entries()).toEqual({ [key]: record, ...links(groupIds.slice(60)) });
  });

  it.each([
    ['a gateway', async ({ query }: ReturnType<Space>) => query(add, { variables: { vlanGroupId: group, tag: 42 } })],
    ['another tool', async ({ putAll }: ReturnType<Space>) => putAll(links([group]))],
  ])('deletes a link too that %s adds at the same time', async (_who, addLink) => {
    const { raced, putAll, entries } = space();
    const groupOnly = { [`vlangroups/${group}/metadata`]: vlanGroupRecord() };
    await putAll({ [key]: record, ...groupOnly });
    const gateway = await raced(() => addLink(space()));
    await gateway.query(remove, { variables: { tag: 42 } });
    expect(await entries()).toEqual(groupOnly);
  });

  it('deletes a link too whose missing side is added at the same time', async () => {
    const { raced, putAll, query, entries } = space();
    const groupOnly = { [`vlangroups/${group}/metadata`]: vlanGroupRecord() };
    await putAll({ [key]: record, ...groupOnly, [`vlans/42/vlangroups/${group}`]: '' });
    const gateway = await raced(() => query(add, { variables: { vlanGroupId: group, tag: 42 } }));
    await gateway.query(remove, { variables: { tag: 42 } });
    expect(await entries()).toEqual(groupOnly);
  });
}
