import { describe, expect, it } from 'vitest';
import { decodeFirewallGroup, encodeFirewallGroup, storedRules } from '../../../src/store/entities/firewall-group.ts';
import { id, reasonOf, source } from './fixture.ts';

const group = '599f68f2-30a8-4b8c-b047-fb321de741e2';

function decode(json: string) {
  return decodeFirewallGroup(source(json, { folder: 'fwgroups' }));
}

describe('decodeFirewallGroup', () => {
  it('reads rules in their order, with or without a source and a group', () => {
    const { rules } = decode(
      `{"rules":[{"source":"192.168.1.7/32","group":"${group.toUpperCase()}","portStart":1,"portEnd":65535,"protocol":"udp","action":"deny"},` +
        '{"source":"10.1.2.3/8","portStart":443,"portEnd":8443,"protocol":"tcp","action":"allow"},{}]}',
    );
    expect(rules).toEqual([
      { source: '192.168.1.7/32', sourceGroupId: group, portStart: 1, portEnd: 65535, protocol: 'udp', action: 'deny' },
      { source: '10.0.0.0/8', sourceGroupId: null, portStart: 443, portEnd: 8443, protocol: 'tcp', action: 'allow' },
      { source: null, sourceGroupId: null, portStart: 0, portEnd: 0, protocol: '', action: '' },
    ]);
  });

  it('reads a group without rules', () => {
    for (const json of ['{}', '{"rules":null}', '{"rules":[]}']) expect(decode(json).rules).toEqual([]);
  });

  it('matches the names of a rule whatever their case', () => {
    expect(decode('{"RULES":[{"portstart":80,"PORTEND":90}]}').rules[0]).toMatchObject({ portStart: 80, portEnd: 90 });
  });

  it('shows a port that is none, so that it can be repaired', () => {
    expect(decode('{"rules":[{"portStart":70000,"portEnd":2147483647}]}').rules[0]).toMatchObject({
      portStart: 70000,
      portEnd: 2147483647,
    });
  });

  it.each([
    ['{"rules":{}}', 'rules is {}, which is no array'],
    ['{"rules":[null]}', 'rules[0] is null, which is no object'],
    ['{"rules":[{},{"source":"10.0.0.1"}]}', 'rules[1].source is "10.0.0.1", which is no network in prefix notation'],
    ['{"rules":[{"group":"web"}]}', 'rules[0].group is "web", which is no UUID'],
    ['{"rules":[{"portStart":-1}]}', 'rules[0].portStart is -1, which is no unsigned 31-bit number'],
    ['{"rules":[{"portEnd":"80"}]}', 'rules[0].portEnd is "80", which is no unsigned 31-bit number'],
  ])('refuses %s: %s', (json, reason) => {
    expect(reasonOf(() => decode(json))).toBe(reason);
  });
});

describe('storedRules', () => {
  it('keeps each rule as it is written, to be written so again', () => {
    const rules = ['{"PORTSTART":80, "portEnd":90,"ours":1.0}', '{}'];
    const { record } = source(`{"rules": [ ${rules.join(' , ')} ]}`, { folder: 'fwgroups' });
    const stored = storedRules(record);
    expect(stored).toMatchObject([{ portStart: 80, portEnd: 90 }, { portStart: 0 }]);
    expect(encodeFirewallGroup({ id, metadata: {}, rules: stored.toReversed() }).toString()).toBe(
      `{"id":"${id}","metadata":{},"rules":[${rules.toReversed().join()}]}`,
    );
  });
});

describe('encodeFirewallGroup', () => {
  it('leaves out a source and a group that are absent, like Go', () => {
    const json = `{"id":"${id}","metadata":{},"rules":[{"group":"${group}","portStart":22,"portEnd":22,"protocol":"tcp","action":"allow"},{"portStart":0,"portEnd":0,"protocol":"","action":""}]}`;
    expect(encodeFirewallGroup(decode(json)).toString()).toBe(json);
  });
});
