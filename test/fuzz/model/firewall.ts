import { type Judge, nothing, type Rule } from './judge.ts';
import { type Json, metadataOf } from './model.ts';

/** Rules as they are stored. A new one has to be right; one that is stored already passes. */
function rulesOf(
  judge: Judge,
  given: readonly Json[],
  own: { readonly id: string | null; readonly rules: readonly Json[] },
): Json[] {
  return given.map(({ source, sourceGroupId, portStart, portEnd, protocol, action }) => {
    const group = typeof sourceGroupId === 'string' ? judge.id('sourceGroupId', sourceGroupId) : null;
    const rule = {
      ...(typeof source === 'string' ? { source } : {}),
      ...(group === null ? {} : { group }),
      ...{ portStart, portEnd, protocol, action },
    };
    if (own.rules.some((stored) => JSON.stringify(stored) === JSON.stringify(rule))) return rule;
    if (portStart > 65_535) judge.refuseInput('portStart');
    if (portEnd > 65_535) judge.refuseInput('portEnd');
    if (portStart > portEnd) judge.refuseInput('portStart');
    if (!/^(tcp|udp|icmp|icmpv6|\d{1,2})$/.test(protocol)) judge.refuseInput('protocol');
    if (!['allow', 'deny'].includes(action)) judge.refuseInput('action');
    if (group !== null && group !== own.id) judge.find('fwgroups', 'sourceGroupId', group);
    return rule;
  });
}

const createFirewallGroup: Rule = (judge, { input }) => {
  const id = judge.newId(input.id);
  const rules = rulesOf(judge, input.rules ?? [], { id, rules: [] });
  return ({ firewallGroup }) => {
    const groupId = id ?? firewallGroup.id;
    judge.model.put(`fwgroups/${groupId}/metadata`, { id: groupId, metadata: metadataOf(input.metadata), rules });
  };
};

const updateFirewallGroup: Rule = (judge, { input }) => {
  const found = judge.find('fwgroups', 'id', input.id);
  const metadata = judge.metadata(found?.record.metadata, input.metadata);
  judge.notNull('rules', input.rules);
  const own = { id: found?.id ?? null, rules: found?.record.rules ?? [] };
  const rules = Array.isArray(input.rules) ? rulesOf(judge, input.rules, own) : undefined;
  if (found === null) return nothing;
  judge.revision(found.key, input.ifRevision);
  return () => judge.model.update(found.key, { metadata, rules });
};

const deleteFirewallGroup: Rule = (judge, { id, ifRevision }) => {
  const found = judge.find('fwgroups', 'id', id);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  const others = judge.model.nodes('fwgroups').filter((other) => other.id !== found.id);
  const naming = others.filter(({ record }) => record.rules.some((rule: Json) => rule.group === found.id));
  judge.inUse([...judge.guestsWith('fwgroup', found.id), ...naming.map((other) => other.id)]);
  return () => judge.model.removeAll(`fwgroups/${found.id}/`);
};

export const firewallRules: Readonly<Record<string, Rule>> = { createFirewallGroup, updateFirewallGroup, deleteFirewallGroup };
