import { expect, it } from 'vitest';
import { guestRecord, id, networkRecord, vlanGroupRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const group = id('a', 1);
const guest = id('c', 1);
const key = `vlangroups/${group}/metadata`;
const groupFields = 'id revision description metadata name vlans { nodes { tag } }';
const create = `mutation ($input: CreateVLANGroupInput!) { createVLANGroup(input: $input) { vlanGroup { ${groupFields} } } }`;
const update = `mutation ($input: UpdateVLANGroupInput!) { updateVLANGroup(input: $input) { vlanGroup { ${groupFields} } } }`;
const remove = `mutation ($id: ID!, $ifRevision: Revision) { deleteVLANGroup(id: $id, ifRevision: $ifRevision) { deletedId revision } }`;
const add = `mutation ($vlanGroupId: ID!, $tag: Int!) {
  addVLANToGroup(vlanGroupId: $vlanGroupId, tag: $tag) { vlanGroup { ${groupFields} } }
}`;
const take = `mutation ($vlanGroupId: ID!, $tag: Int!) {
  removeVLANFromGroup(vlanGroupId: $vlanGroupId, tag: $tag) { vlanGroup { ${groupFields} } }
}`;
const deleteVLAN = `mutation { deleteVLAN(tag: 42) { deletedId } }`;

const groupSide = `vlangroups/${group}/vlans/42`;
const vlanSide = `vlans/42/vlangroups/${group}`;
const link = { [groupSide]: '', [vlanSide]: '' };
const variables = { vlanGroupId: group, tag: 42 };

type Entries = Readonly<Record<string, string>>;

function vlans(tags: readonly number[]): Entries {
  return Object.fromEntries(tags.map((tag) => [`vlans/${tag}/metadata`, `{"tag":${tag},"description":""}`]));
}

function links(tags: readonly number[]): Entries {
  return Object.fromEntries(
    tags.flatMap((tag) => [`vlans/${tag}/vlangroups/${group}`, `vlangroups/${group}/vlans/${tag}`].map((side) => [side, ''])),
  );
}

export function vlanGroupMutations(space: Space): void {
  it('creates a group as the Go tools write it, with both sides of its links', async () => {
    const { putAll, query, changesOf, revision } = space();
    await putAll(vlans([1, 42]));
    const before = await revision();
    const input = { id: group, description: 'd', metadata: { name: 'n' }, vlanTags: [42, 1, 42] };
    const changes = await changesOf(async () => {
      const data = await query(create, { variables: { input } });
      expect(data.createVLANGroup.vlanGroup).toEqual({
        id: group,
        revision: String(before + 1),
        description: 'd',
        metadata: { name: 'n' },
        name: 'n',
        vlans: { nodes: [{ tag: 1 }, { tag: 42 }] },
      });
    });
    expect(changes).toEqual({
      [key]: `{"id":"${group}","description":"d","metadata":{"name":"n"}}`,
      ...links([1, 42]),
    });
    expect(await revision()).toBe(before + 1);
  });

  it('creates a group without VLANs', async () => {
    const { query, entries } = space();
    await query(create, { variables: { input: { id: group } } });
    expect(await entries()).toEqual({ [key]: `{"id":"${group}","description":"","metadata":{}}` });
  });

  it('takes 50 VLANs at once, and refuses another one', async () => {
    const { putAll, query, errorsOf, changesOf } = space();
    const tags = Array.from({ length: 51 }, (_, index) => index + 1);
    await putAll(vlans(tags));
    const refused = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { vlanTags: tags } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'vlanTags', path: 'createVLANGroup' }]);
    });
    expect(refused).toEqual({});
    const some = tags.slice(1);
    const changes = await changesOf(() => query(create, { variables: { input: { id: group, vlanTags: [...some, ...some] } } }));
    expect(changes).toMatchObject(links(some));
    expect(Object.keys(changes)).toHaveLength(101);
  });

  it.each([
    [{ code: 'BAD_USER_INPUT', field: 'vlanTags' }, { vlanTags: [42, 0] }],
    [{ code: 'BAD_USER_INPUT', field: 'description' }, { description: 'x'.repeat(64 * 1024 + 1) }],
    [{ code: 'BAD_USER_INPUT', field: 'metadata' }, { metadata: { name: 'x'.repeat(64 * 1024) } }],
    [{ code: 'BAD_USER_INPUT', field: 'id' }, { id: 'x' }],
    [{ code: 'NOT_FOUND', kind: 'VLAN', id: 'vlan:7' }, { vlanTags: [42, 7] }],
    [{ code: 'ALREADY_EXISTS', kind: 'NETWORK', id: id('b', 1) }, { id: id('b', 1) }],
  ])('refuses a new group with %j', async (error, input) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...vlans([42]), [`networks/${id('b', 1)}/metadata`]: networkRecord() });
    const changes = await changesOf(async () => {
      expect(await errorsOf(create, { variables: { input } })).toEqual([{ ...error, path: 'createVLANGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it('changes what is given, under the key as it is stored, and leaves all else byte for byte', async () => {
    const { put, query, changesOf } = space();
    const upper = `vlangroups/${group.toUpperCase()}/metadata`;
    await put(upper, '{"metadata":{"a":"1"}, "description":"x","ours":1.0}');
    const input = { id: group, description: '', metadata: { b: '2' } };
    const changes = await changesOf(() => query(update, { variables: { input } }));
    expect(changes).toEqual({ [upper]: '{"metadata":{"a":"1","b":"2"}, "description":"","ours":1.0}' });
  });

  it('does not rewrite a record that says the same in another way', async () => {
    const { put, query } = space();
    const stored = await put(key, '{"metadata":{"a":"\\u0026"},"description":"\\u0026"}');
    const input = { id: group, description: '&', metadata: { a: '&' }, ifRevision: String(stored) };
    const data = await query(update, { variables: { input } });
    expect(data.updateVLANGroup.vlanGroup.revision).toBe(String(stored));
  });

  it.each([
    ['description', { description: null }],
    ['description', { description: 'x'.repeat(64 * 1024 + 1) }],
    ['metadata', { metadata: null }],
    ['ifRevision', { ifRevision: null }],
    ['id', { id: 'x' }],
  ])('refuses an update whose %s is wrong', async (field, input) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, vlanGroupRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, { variables: { input: { id: group, ...input } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateVLANGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it('changes and deletes a group only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(key, vlanGroupRecord());
    const now = await put(key, vlanGroupRecord());
    const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now) };
    const changes = await changesOf(async () => {
      const input = { id: group, description: 'x', ifRevision: String(old) };
      expect(await errorsOf(update, { variables: { input } })).toEqual([{ ...conflict, path: 'updateVLANGroup' }]);
      expect(await errorsOf(remove, { variables: { id: group, ifRevision: String(old) } })).toEqual([
        { ...conflict, path: 'deleteVLANGroup' },
      ]);
    });
    expect(changes).toEqual({});
    const data = await query(remove, { variables: { id: group, ifRevision: String(now) } });
    expect(data.deleteVLANGroup.deletedId).toBe(group);
  });

  it('knows no group that is not there', async () => {
    const { putAll, errorsOf } = space();
    await putAll({ ...vlans([42]), ...link });
    const missing = { code: 'NOT_FOUND', kind: 'VLAN_GROUP', id: group };
    expect(await errorsOf(update, { variables: { input: { id: group } } })).toEqual([{ ...missing, path: 'updateVLANGroup' }]);
    expect(await errorsOf(remove, { variables: { id: group } })).toEqual([{ ...missing, path: 'deleteVLANGroup' }]);
    expect(await errorsOf(add, { variables })).toEqual([{ ...missing, path: 'addVLANToGroup' }]);
    expect(await errorsOf(take, { variables })).toEqual([{ ...missing, path: 'removeVLANFromGroup' }]);
  });

  it('deletes a group with all its keys and both sides of its links, whoever wrote them', async () => {
    const { putAll, query, entries, ownEntries, revision } = space();
    const others = { ...vlans([42]), [`vlans/42/vlangroups/${id('a', 2)}`]: '', [`vlangroups/${id('a', 2)}/vlans/42`]: '' };
    await putAll({
      ...others,
      [`vlangroups/${group.toUpperCase()}/metadata`]: vlanGroupRecord(),
      [`vlangroups/${group.toUpperCase()}/vlans/42`]: '',
      [`vlangroups/${group.toUpperCase()}/vlans/x`]: '',
      [`vlans/42/vlangroups/${group.toUpperCase()}`]: '',
      [`vlans/7/vlangroups/${group}`]: '',
      [`gateway/references/vlangroups/${group}`]: '',
    });
    const data = await query(remove, { variables: { id: group } });
    expect(data.deleteVLANGroup).toEqual({ deletedId: group, revision: String(await revision()) });
    expect(await entries()).toEqual(others);
    expect(await ownEntries('references/')).toEqual({});
  });

  it('deletes a group of all 4,095 VLANs', async () => {
    const { putAll, query, entries } = space();
    const tags = Array.from({ length: 4095 }, (_, index) => index + 1);
    await putAll({ [key]: vlanGroupRecord() });
    for (let from = 0; from < tags.length; from += 60) await putAll(links(tags.slice(from, from + 60)));
    await query(remove, { variables: { id: group } });
    expect(await entries()).toEqual({});
  });

  it('does not delete a group that a guest has', async () => {
    const { putAll, errorsOf, changesOf } = space();
    const many = links(Array.from({ length: 61 }, (_, index) => index + 1));
    await putAll({ [key]: vlanGroupRecord(), [`guests/${guest}/metadata`]: guestRecord({ vlangroup: group.toUpperCase() }) });
    await putAll(many);
    const changes = await changesOf(async () => {
      const errors = await errorsOf(remove, { variables: { id: group } });
      expect(errors).toEqual([{ code: 'IN_USE', by: [guest], path: 'deleteVLANGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([1, 61])('does not delete a group of %d VLANs that a guest begins to use at the same time', async (count) => {
    const { raced, putAll, entries } = space();
    const many = links(Array.from({ length: count }, (_, index) => index + 1));
    await putAll({ [key]: vlanGroupRecord() });
    await putAll(many);
    const use = {
      [`guests/${guest}/metadata`]: guestRecord({ vlangroup: group }),
      [`gateway/references/vlangroups/${group}`]: '',
    };
    const gateway = await raced(() => putAll(use));
    const errors = await gateway.errorsOf(remove, { variables: { id: group } });
    expect(errors).toEqual([{ code: 'IN_USE', by: [guest], path: 'deleteVLANGroup' }]);
    expect(await entries()).toMatchObject(many);
  });

  it.each([
    ['a link', {}],
    ['the missing side of a link', { [groupSide]: '' }],
  ])('deletes %s too that is added at the same time', async (_what, before) => {
    const { raced, putAll, query, entries } = space();
    await putAll({ [key]: vlanGroupRecord(), ...vlans([42]), ...before });
    const gateway = await raced(() => query(add, { variables }));
    await gateway.query(remove, { variables: { id: group } });
    expect(await entries()).toEqual(vlans([42]));
  });

  it.each([
    ['that is not in it', {}, link],
    ['whose side of the link is missing', { [groupSide]: '' }, { [vlanSide]: '' }],
    ['when the side of the group is missing', { [vlanSide]: '' }, { [groupSide]: '' }],
    ['that is in it already', link, {}],
  ])('adds a VLAN %s', async (_what, before, expected) => {
    const { putAll, query, changesOf } = space();
    const stored = await putAll({ [key]: vlanGroupRecord(), ...vlans([42]), ...before });
    const changes = await changesOf(async () => {
      const data = await query(add, { variables });
      expect(data.addVLANToGroup.vlanGroup).toMatchObject({
        id: group,
        revision: String(stored),
        vlans: { nodes: [{ tag: 42 }] },
      });
    });
    expect(changes).toEqual(expected);
  });

  it('adds a VLAN to a group whose id is spelled in upper case', async () => {
    const { putAll, query, changesOf } = space();
    const upper = group.toUpperCase();
    await putAll({ [`vlangroups/${upper}/metadata`]: vlanGroupRecord(), ...vlans([1, 42]), [`vlans/1/vlangroups/${upper}`]: '' });
    const added = await changesOf(() => query(add, { variables }));
    expect(added).toEqual({ [`vlangroups/${upper}/vlans/42`]: '', [vlanSide]: '' });
    const repaired = await changesOf(() => query(add, { variables: { ...variables, tag: 1 } }));
    expect(repaired).toEqual({ [`vlangroups/${upper}/vlans/1`]: '' });
  });

  it('adds no VLAN that is not there, or is none', async () => {
    const { put, errorsOf, changesOf } = space();
    await put(key, vlanGroupRecord());
    const changes = await changesOf(async () => {
      expect(await errorsOf(add, { variables })).toEqual([
        { code: 'NOT_FOUND', kind: 'VLAN', id: 'vlan:42', path: 'addVLANToGroup' },
      ]);
      for (const document of [add, take]) {
        expect(await errorsOf(document, { variables: { ...variables, tag: 4096 } })).toMatchObject([
          { code: 'BAD_USER_INPUT', field: 'tag' },
        ]);
        expect(await errorsOf(document, { variables: { ...variables, vlanGroupId: 'x' } })).toMatchObject([
          { code: 'BAD_USER_INPUT', field: 'vlanGroupId' },
        ]);
      }
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['add a VLAN to a group', add, variables],
    ['create a group with a VLAN', create, { input: { vlanTags: [42] } }],
  ])('does not %s when the VLAN is deleted at the same time', async (_what, document, given) => {
    const { raced, putAll, query, entries } = space();
    await putAll({ [key]: vlanGroupRecord(), ...vlans([42]) });
    const gateway = await raced(() => query(deleteVLAN));
    const errors = await gateway.errorsOf(document, { variables: given });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'VLAN', id: 'vlan:42', path: expect.any(String) }]);
    expect(await entries()).toEqual({ [key]: vlanGroupRecord() });
  });

  it('does not add a VLAN to a group that is deleted at the same time', async () => {
    const { raced, putAll, query, entries } = space();
    await putAll({ [key]: vlanGroupRecord(), ...vlans([42]) });
    const gateway = await raced(() => query(remove, { variables: { id: group } }));
    const errors = await gateway.errorsOf(add, { variables });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'VLAN_GROUP', id: group, path: 'addVLANToGroup' }]);
    expect(await entries()).toEqual(vlans([42]));
  });

  it.each([
    ['both sides of the link are there', link],
    ["only the group's side is there", { [groupSide]: '' }],
    ["only the VLAN's side is there", { [vlanSide]: '' }],
    ['the id of the group is spelled in two ways', { ...link, [`vlans/42/vlangroups/${group.toUpperCase()}`]: '' }],
  ])('removes a VLAN, also one that is gone, from a group when %s', async (_what, sides) => {
    const { putAll, remove: drop, query, entries } = space();
    const rest = { [key]: vlanGroupRecord(), ...links([4, 421]), [`vlans/42/vlangroups/${id('a', 2)}`]: '' };
    await putAll({ ...rest, ...vlans([42]), ...sides });
    await query(take, { variables });
    expect(await entries()).toEqual({ ...rest, ...vlans([42]) });
    await drop('vlans/42/metadata');
    await putAll(sides);
    const data = await query(take, { variables });
    expect(data.removeVLANFromGroup.vlanGroup.id).toBe(group);
    expect(await entries()).toEqual(rest);
  });

  it('removes no VLAN from a group whose record another tool deletes at the same time', async () => {
    const { raced, putAll, remove: drop, entries } = space();
    await putAll({ [key]: vlanGroupRecord(), ...link });
    const gateway = await raced(() => drop(key));
    const errors = await gateway.errorsOf(take, { variables });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'VLAN_GROUP', id: group, path: 'removeVLANFromGroup' }]);
    expect(await entries()).toEqual(link);
  });

  it('does not delete a group at another revision than the one that is asked for', async () => {
    const { raced, putAll, put, entries } = space();
    const old = await putAll({ [key]: vlanGroupRecord(), ...link });
    let now = old;
    const gateway = await raced(async () => {
      now = await put(key, vlanGroupRecord());
    });
    const errors = await gateway.errorsOf(remove, { variables: { id: group, ifRevision: String(old) } });
    expect(errors).toEqual([{ code: 'CONFLICT', expected: String(old), actual: String(now), path: 'deleteVLANGroup' }]);
    expect(await entries()).toEqual({ [key]: vlanGroupRecord(), ...link });
  });

  it('removes no VLAN that is not in the group, or that somebody else removes first', async () => {
    const { raced, putAll, query, errorsOf, changesOf } = space();
    await putAll({ [key]: vlanGroupRecord(), ...vlans([42]) });
    const missing = [{ code: 'NOT_FOUND', kind: 'VLAN', id: 'vlan:42', path: 'removeVLANFromGroup' }];
    const changes = await changesOf(async () => {
      expect(await errorsOf(take, { variables })).toEqual(missing);
      await putAll(link);
      const gateway = await raced(() => query(take, { variables }));
      expect(await gateway.errorsOf(take, { variables })).toEqual(missing);
    });
    expect(changes).toEqual({});
  });
}
