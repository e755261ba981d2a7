import { expect, it } from 'vitest';
import { firewallGroupRecord, guestRecord, id } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const group = id('f', 1);
const other = id('f', 2);
const guest = id('c', 1);
const key = `fwgroups/${group}/metadata`;
const otherKey = `fwgroups/${other}/metadata`;
const create = `mutation ($input: CreateFirewallGroupInput!) { createFirewallGroup(input: $input) { firewallGroup {
  id revision metadata name rules { source sourceGroupId sourceGroup { id } portStart portEnd protocol action }
} } }`;
const update = `mutation ($input: UpdateFirewallGroupInput!) { updateFirewallGroup(input: $input) { firewallGroup {
  id revision metadata rules { source sourceGroupId portStart portEnd protocol action }
} } }`;
const remove = `mutation ($id: ID!, $ifRevision: Revision) {
  deleteFirewallGroup(id: $id, ifRevision: $ifRevision) { deletedId revision }
}`;

const web = { portStart: 80, portEnd: 443, protocol: 'tcp', action: 'allow' };
const webJson = '{"portStart":80,"portEnd":443,"protocol":"tcp","action":"allow"}';
/** What no rule may be that is not stored already. */
const oddJson = `{"action":"", "group":"${other.toUpperCase()}","source":"10.1.2.3/8","portStart":70000,"portEnd":9,"protocol":"TCP","ours":1e3}`;
const odd = { source: '10.0.0.0/8', sourceGroupId: other, portStart: 70000, portEnd: 9, protocol: 'TCP', action: '' };

export function firewallGroupMutations(space: Space): void {
  it('creates a group as the Go tools write it, and tells the groups that its rules name', async () => {
    const { putAll, query, changesOf, revision, ownEntries } = space();
    await putAll({ [`fwgroups/${other.toUpperCase()}/metadata`]: firewallGroupRecord() });
    const rules = [
      { ...web, source: '10.0.0.0/8', sourceGroupId: other.toUpperCase() },
      { ...web, sourceGroupId: group, source: null, portStart: 0, portEnd: 65535, protocol: '255', action: 'deny' },
      { ...web, sourceGroupId: null, source: '2001:DB8::/32', portStart: 0, portEnd: 0, protocol: 'icmpv6' },
    ];
    const changes = await changesOf(async () => {
      const data = await query(create, { variables: { input: { id: group, metadata: { name: 'web' }, rules } } });
      expect(data.createFirewallGroup.firewallGroup).toEqual({
        id: group,
        revision: String(await revision()),
        metadata: { name: 'web' },
        name: 'web',
        rules: [
          { ...rules[0], sourceGroupId: other, sourceGroup: { id: other } },
          { ...rules[1], sourceGroup: { id: group } },
          { ...rules[2], source: '2001:db8::/32', sourceGroup: null },
        ],
      });
    });
    expect(changes).toEqual({
      [key]:
        `{"id":"${group}","metadata":{"name":"web"},"rules":[` +
        `{"source":"10.0.0.0/8","group":"${other}","portStart":80,"portEnd":443,"protocol":"tcp","action":"allow"},` +
        `{"group":"${group}","portStart":0,"portEnd":65535,"protocol":"255","action":"deny"},` +
        '{"source":"2001:db8::/32","portStart":0,"portEnd":0,"protocol":"icmpv6","action":"allow"}]}',
    });
    expect(await ownEntries('references/')).toEqual({ [`references/fwgroups/${other}`]: '' });
  });

  it('creates a group without rules', async () => {
    const { query, entries } = space();
    await query(create, { variables: { input: { id: group } } });
    expect(await entries()).toEqual({ [key]: `{"id":"${group}","metadata":{},"rules":[]}` });
  });

  it.each([
    ['portStart', { portStart: -1 }],
    ['portStart', { portStart: 65536, portEnd: 65536 }],
    ['portStart', { portStart: 444 }],
    ['portEnd', { portEnd: 65536 }],
    ['portEnd', { portEnd: -1 }],
    ['protocol', { protocol: 'TCP' }],
    ['protocol', { protocol: '' }],
    ['protocol', { protocol: '256' }],
    ['protocol', { protocol: '06' }],
    ['protocol', { protocol: '-1' }],
    ['action', { action: 'reject' }],
    ['action', { action: '' }],
    ['sourceGroupId', { sourceGroupId: 'web' }],
    ['sourceGroupId', { sourceGroupId: '' }],
  ])('refuses a rule whose %s is wrong, as in %j', async (field, wrong) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, firewallGroupRecord());
    const rules = [web, { ...web, ...wrong }];
    const changes = await changesOf(async () => {
      const created = await errorsOf(create, { variables: { input: { rules } } });
      expect(created).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'createFirewallGroup' }]);
      const updated = await errorsOf(update, { variables: { input: { id: group, rules } } });
      expect(updated).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateFirewallGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it.each(['tcp', 'udp', 'icmp', 'icmpv6', '0', '6', '255'])('takes a rule about the protocol %s', async (protocol) => {
    const { query } = space();
    const data = await query(create, { variables: { input: { rules: [{ ...web, protocol }] } } });
    expect(data.createFirewallGroup.firewallGroup.rules).toMatchObject([{ protocol }]);
  });

  it('refuses a rule that names a group that is not there', async () => {
    const { put, errorsOf, changesOf } = space();
    await put(key, firewallGroupRecord());
    const missing = { code: 'NOT_FOUND', kind: 'FIREWALL_GROUP', id: other };
    const rules = [{ ...web, sourceGroupId: other }];
    const changes = await changesOf(async () => {
      const created = await errorsOf(create, { variables: { input: { rules } } });
      expect(created).toEqual([{ ...missing, path: 'createFirewallGroup' }]);
      const updated = await errorsOf(update, { variables: { input: { id: group, rules } } });
      expect(updated).toEqual([{ ...missing, path: 'updateFirewallGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it('takes 1,000 rules, and refuses another one', async () => {
    const { query, errorsOf, changesOf } = space();
    const rules = Array.from({ length: 1001 }, (_, port) => ({ ...web, portStart: port, portEnd: port }));
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { rules } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'rules', path: 'createFirewallGroup' }]);
    });
    expect(changes).toEqual({});
    const data = await query(create, { variables: { input: { rules: rules.slice(1) } } });
    expect(data.createFirewallGroup.firewallGroup.rules).toHaveLength(1000);
  });

  it('takes new rules that name 50 groups, and refuses those that name another one', async () => {
    const { putAll, query, errorsOf, ownEntries } = space();
    const groups = Array.from({ length: 51 }, (_, number) => id('9', number));
    await putAll(Object.fromEntries(groups.map((groupId) => [`fwgroups/${groupId}/metadata`, firewallGroupRecord()])));
    const rules = groups.map((sourceGroupId) => ({ ...web, sourceGroupId }));
    const errors = await errorsOf(create, { variables: { input: { rules } } });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'sourceGroupId', path: 'createFirewallGroup' }]);
    await query(create, { variables: { input: { id: group, rules: rules.slice(1) } } });
    expect(Object.keys(await ownEntries('references/'))).toHaveLength(50);
    const data = await query(update, { variables: { input: { id: group, rules } } });
    expect(data.updateFirewallGroup.firewallGroup.rules).toHaveLength(51);
  });

  it('changes metadata, and leaves the rules byte for byte', async () => {
    const { put, query, changesOf } = space();
    const upper = `fwgroups/${group.toUpperCase()}/metadata`;
    await put(upper, `{"id":"${group}","metadata":null,"rules":[ ${oddJson} ],"ours":1}`);
    const changes = await changesOf(() => query(update, { variables: { input: { id: group, metadata: { a: '1' } } } }));
    expect(changes).toEqual({ [upper]: `{"id":"${group}","metadata":{"a":"1"},"rules":[ ${oddJson} ],"ours":1}` });
  });

  it('lets a rule that equals a stored one pass, and leaves it as it is stored', async () => {
    const { put, query, changesOf } = space();
    await put(key, `{"rules":[${oddJson},{"ours":1,"portStart":80,"portEnd":443,"protocol":"tcp","action":"allow"}]}`);
    const rules = [{ ...web, portEnd: 80 }, web, odd, odd];
    const changes = await changesOf(async () => {
      const data = await query(update, { variables: { input: { id: group, rules } } });
      expect(data.updateFirewallGroup.firewallGroup.rules).toMatchObject(rules);
    });
    expect(changes).toEqual({
      [key]: `{"rules":[{"portStart":80,"portEnd":80,"protocol":"tcp","action":"allow"},{"ours":1,"portStart":80,"portEnd":443,"protocol":"tcp","action":"allow"},${oddJson},${oddJson}]}`,
    });
  });

  it('keeps rules that say the same apart, in their order', async () => {
    const { put, query, changesOf } = space();
    const [first, second] = ['{"n":1,"portEnd":0}', '{"n":2,"portEnd":0}'];
    await put(key, `{"rules":[${first},${webJson},${second}]}`);
    const empty = { portStart: 0, portEnd: 0, protocol: '', action: '' };
    const changes = await changesOf(() => query(update, { variables: { input: { id: group, rules: [web, empty, empty] } } }));
    expect(changes).toEqual({ [key]: `{"rules":[${webJson},${first},${second}]}` });
  });

  it('writes nothing when the rules are those that are stored', async () => {
    const { put, query } = space();
    const stored = await put(key, `{"rules": [ ${oddJson}, ${webJson} ]}`);
    const data = await query(update, { variables: { input: { id: group, rules: [odd, web], ifRevision: String(stored) } } });
    expect(data.updateFirewallGroup.firewallGroup).toMatchObject({ revision: String(stored), rules: [odd, web] });
  });

  it('shortens more rules than it would take', async () => {
    const { put, query, errorsOf } = space();
    const many = Array.from({ length: 1002 }, () => web);
    await put(key, `{"rules":[${many.map(() => webJson).join()}]}`);
    const errors = await errorsOf(update, { variables: { input: { id: group, rules: [...many, web] } } });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'rules', path: 'updateFirewallGroup' }]);
    const data = await query(update, { variables: { input: { id: group, rules: many.slice(1) } } });
    expect(data.updateFirewallGroup.firewallGroup.rules).toHaveLength(1001);
  });

  it.each([
    ['metadata', { metadata: null }],
    ['rules', { rules: null }],
    ['ifRevision', { ifRevision: null }],
    ['id', { id: 'web' }],
  ])('refuses an update whose %s is wrong', async (field, input) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, firewallGroupRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, { variables: { input: { id: group, ...input } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateFirewallGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it('refuses the id that another node has', async () => {
    const { put, errorsOf, changesOf } = space();
    await put(`guests/${group}/metadata`, guestRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { id: group } } });
      expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'GUEST', id: group, path: 'createFirewallGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it('changes and deletes a group only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(key, firewallGroupRecord());
    const now = await put(key, firewallGroupRecord());
    const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now) };
    const changes = await changesOf(async () => {
      const input = { id: group, rules: [web], ifRevision: String(old) };
      expect(await errorsOf(update, { variables: { input } })).toEqual([{ ...conflict, path: 'updateFirewallGroup' }]);
      const variables = { id: group, ifRevision: String(old) };
      expect(await errorsOf(remove, { variables })).toEqual([{ ...conflict, path: 'deleteFirewallGroup' }]);
    });
    expect(changes).toEqual({});
    const data = await query(remove, { variables: { id: group, ifRevision: String(now) } });
    expect(data.deleteFirewallGroup.deletedId).toBe(group);
  });

  it('knows no group that is not there', async () => {
    const { errorsOf } = space();
    const missing = { code: 'NOT_FOUND', kind: 'FIREWALL_GROUP', id: group };
    expect(await errorsOf(update, { variables: { input: { id: group } } })).toEqual([
      { ...missing, path: 'updateFirewallGroup' },
    ]);
    expect(await errorsOf(remove, { variables: { id: group } })).toEqual([{ ...missing, path: 'deleteFirewallGroup' }]);
  });

  it('deletes a group that only its own rules name, with all its keys', async () => {
    const { putAll, query, entries, ownEntries, revision } = space();
    await putAll({
      [`fwgroups/${group.toUpperCase()}/metadata`]: firewallGroupRecord({ rules: [{ group, portStart: 0, portEnd: 0 }] }),
      [`fwgroups/${group.toUpperCase()}/other`]: '',
      [`gateway/references/fwgroups/${group}`]: '',
    });
    const data = await query(remove, { variables: { id: group } });
    expect(data.deleteFirewallGroup).toEqual({ deletedId: group, revision: String(await revision()) });
    expect(await entries()).toEqual({});
    expect(await ownEntries('references/')).toEqual({});
  });

  it('does not delete a group that guests have or rules of other groups name', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({
      [key]: firewallGroupRecord(),
      [otherKey]: firewallGroupRecord({ rules: [{ group: group.toUpperCase() }, { group }] }),
      [`guests/${guest}/metadata`]: guestRecord({ fwgroup: group }),
    });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(remove, { variables: { id: group } });
      expect(errors).toEqual([{ code: 'IN_USE', by: [guest, other], path: 'deleteFirewallGroup' }]);
    });
    expect(changes).toEqual({});
  });

  it('does not delete a group that a rule begins to name at the same time', async () => {
    const { raced, putAll, query, entries } = space();
    await putAll({ [key]: firewallGroupRecord(), [otherKey]: firewallGroupRecord() });
    const rules = [{ ...web, sourceGroupId: group }];
    const gateway = await raced(() => query(update, { variables: { input: { id: other, rules } } }));
    const errors = await gateway.errorsOf(remove, { variables: { id: group } });
    expect(errors).toEqual([{ code: 'IN_USE', by: [other], path: 'deleteFirewallGroup' }]);
    expect(Object.keys(await entries())).toEqual([key, otherKey]);
  });

  it.each([
    ['create', create, id('f', 3)],
    ['update', update, other],
  ])('does not %s a group with a rule that names one that is deleted at the same time', async (_what, document, named) => {
    const { raced, putAll, query, entries } = space();
    await putAll({ [key]: firewallGroupRecord(), [otherKey]: firewallGroupRecord() });
    const gateway = await raced(() => query(remove, { variables: { id: group } }));
    const input = { id: named, rules: [{ ...web, sourceGroupId: group }] };
    const errors = await gateway.errorsOf(document, { variables: { input } });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'FIREWALL_GROUP', id: group, path: expect.any(String) }]);
    expect(await entries()).toEqual({ [otherKey]: firewallGroupRecord() });
  });

  it('judges a rule by what is stored at its commit', async () => {
    const { raced, put, entries } = space();
    await put(key, `{"rules":[${oddJson}]}`);
    const gateway = await raced(() => put(key, `{"rules":[${webJson}]}`));
    const errors = await gateway.errorsOf(update, { variables: { input: { id: group, rules: [web, odd] } } });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'portStart', path: 'updateFirewallGroup' }]);
    expect(await entries()).toEqual({ [key]: `{"rules":[${webJson}]}` });
  });

  it('does not delete a group at another revision than the one that is asked for', async () => {
    const { raced, put, entries } = space();
    const old = await put(key, firewallGroupRecord());
    let now = old;
    const gateway = await raced(async () => {
      now = await put(key, firewallGroupRecord());
    });
    const errors = await gateway.errorsOf(remove, { variables: { id: group, ifRevision: String(old) } });
    expect(errors).toEqual([{ code: 'CONFLICT', expected: String(old), actual: String(now), path: 'deleteFirewallGroup' }]);
    expect(await entries()).toEqual({ [key]: firewallGroupRecord() });
  });
}
