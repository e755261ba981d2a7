import { type Judge, nothing, type Rule } from './judge.ts';
import { metadataOf } from './model.ts';

function settingKey(judge: Judge, key: string): void {
  if (key.split('/').some((segment) => ['', '.', '..'].includes(segment))) judge.refuseInput('key');
}

const setHypervisorConfig: Rule = (judge, { hypervisorId, key, value, ifRevision }) => {
  settingKey(judge, key);
  if (key === 'schedulable' && !['true', 'false'].includes(value)) judge.refuseInput('value');
  const found = judge.find('hypervisors', 'hypervisorId', hypervisorId);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  return () => judge.model.put(`hypervisors/${found.id}/config/${key}`, value);
};

const deleteHypervisorConfig: Rule = (judge, { hypervisorId, key }) => {
  if (key === '') judge.refuseInput('key');
  const found = judge.find('hypervisors', 'hypervisorId', hypervisorId);
  if (found === null) return nothing;
  const stored = `hypervisors/${found.id}/config/${key}`;
  if (judge.model.value(stored) === undefined) judge.refuse('NOT_FOUND', 'CONFIG', key);
  return () => judge.model.remove(stored);
};

const setSchedulable: Rule = (judge, { hypervisorId, schedulable, ifRevision }) => {
  const found = judge.find('hypervisors', 'hypervisorId', hypervisorId);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  const key = `hypervisors/${found.id}/config/schedulable`;
  if (schedulable === (judge.model.value(key) !== 'false')) return nothing;
  return () => (schedulable ? judge.model.remove(key) : judge.model.put(key, 'false'));
};

const setConfig: Rule = (judge, { key, value, ifRevision }) => {
  settingKey(judge, key);
  const stored = `config/${key}`;
  const isThere = judge.model.value(stored) !== undefined;
  if (!isThere && ifRevision !== undefined && ifRevision !== null) judge.refuse('NOT_FOUND', 'CONFIG', stored.replace('/', ':'));
  else judge.revision(stored, ifRevision);
  return () => judge.model.put(stored, value);
};

const deleteConfig: Rule = (judge, { key, ifRevision }) => {
  if (key === '') judge.refuseInput('key');
  const stored = `config/${key}`;
  if (judge.model.value(stored) === undefined) judge.refuse('NOT_FOUND', 'CONFIG', stored.replace('/', ':'));
  else judge.revision(stored, ifRevision);
  return () => judge.model.remove(stored);
};

const createVLAN: Rule = (judge, { input: { tag, description } }) => {
  if (tag < 1 || tag > 4095) judge.refuseInput('tag');
  else if (judge.model.node('vlans', String(tag)) !== undefined) judge.refuse('ALREADY_EXISTS', 'VLAN', `vlan:${tag}`);
  return () => judge.model.put(`vlans/${tag}/metadata`, { tag, description: description ?? '' });
};

const updateVLAN: Rule = (judge, { input: { tag, description, ifRevision } }) => {
  const found = judge.findVlan('tag', tag);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  return () => judge.model.update(found.key, { description });
};

const deleteVLAN: Rule = (judge, { tag, ifRevision }) => {
  const found = judge.findVlan('tag', tag);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  return () => {
    judge.model.removeAll(`vlans/${tag}/`);
    for (const { id } of judge.model.nodes('vlangroups')) judge.model.remove(`vlangroups/${id}/vlans/${tag}`);
  };
};

const createVLANGroup: Rule = (judge, { input }) => {
  const id = judge.newId(input.id);
  const tags: readonly number[] = input.vlanTags ?? [];
  for (const tag of tags) judge.findVlan('vlanTags', tag);
  return ({ vlanGroup }) => {
    const groupId = id ?? vlanGroup.id;
    const record = { id: groupId, description: input.description ?? '', metadata: metadataOf(input.metadata) };
    judge.model.put(`vlangroups/${groupId}/metadata`, record);
    for (const tag of tags) link(judge, groupId, tag);
  };
};

function link({ model }: Judge, groupId: string, tag: number): void {
  model.put(`vlangroups/${groupId}/vlans/${tag}`, '');
  model.put(`vlans/${tag}/vlangroups/${groupId}`, '');
}

const updateVLANGroup: Rule = (judge, { input }) => {
  const found = judge.find('vlangroups', 'id', input.id);
  const metadata = judge.metadata(found?.record.metadata, input.metadata);
  judge.notNull('description', input.description);
  if (found === null) return nothing;
  judge.revision(found.key, input.ifRevision);
  return () => judge.model.update(found.key, { description: input.description, metadata });
};

const deleteVLANGroup: Rule = (judge, { id, ifRevision }) => {
  const found = judge.find('vlangroups', 'id', id);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  judge.inUse(judge.guestsWith('vlangroup', found.id));
  return () => {
    judge.model.removeAll(`vlangroups/${found.id}/`);
    for (const vlan of judge.model.nodes('vlans')) judge.model.remove(`vlans/${vlan.id}/vlangroups/${found.id}`);
  };
};

const addVLANToGroup: Rule = (judge, { vlanGroupId, tag }) => {
  const group = judge.find('vlangroups', 'vlanGroupId', vlanGroupId);
  const vlan = judge.findVlan('tag', tag);
  if (group === null || vlan === null) return nothing;
  return () => link(judge, group.id, tag);
};

const removeVLANFromGroup: Rule = (judge, { vlanGroupId, tag }) => {
  if (tag < 1 || tag > 4095) judge.refuseInput('tag');
  const group = judge.find('vlangroups', 'vlanGroupId', vlanGroupId);
  if (group === null) return nothing;
  const side = `vlangroups/${group.id}/vlans/${tag}`;
  if (judge.model.value(side) === undefined) judge.refuse('NOT_FOUND', 'VLAN', `vlan:${tag}`);
  return () => {
    judge.model.remove(side);
    judge.model.remove(`vlans/${tag}/vlangroups/${group.id}`);
  };
};

export const settingRules: Readonly<Record<string, Rule>> = {
  setHypervisorConfig,
  deleteHypervisorConfig,
  setSchedulable,
  setConfig,
  deleteConfig,
  createVLAN,
  updateVLAN,
  deleteVLAN,
  createVLANGroup,
  updateVLANGroup,
  deleteVLANGroup,
  addVLANToGroup,
  removeVLANFromGroup,
};
