import {
  encodeRecord,
  encodeRecords,
  encodeStringMap,
  type JsonText,
  type RecordFields,
  type RecordReader,
  readRecord,
} from '../codec.ts';
import type { KeyValue } from '../store.ts';
import type { Changes, DirectoryEntity, RecordSource, StringMap } from './entity.ts';
import { cidr, uuid } from './text-format.ts';

export interface FirewallRule {
  /** In prefix notation; null when the rule is not about a source network. */
  readonly source: string | null;
  readonly sourceGroupId: string | null;
  readonly portStart: number;
  readonly portEnd: number;
  readonly protocol: string;
  readonly action: string;
  /** Of a rule that stays as it is stored: how it is written there (see `storedRules`). */
  readonly json?: JsonText;
}

export interface FirewallGroup extends DirectoryEntity {
  readonly kind: 'FIREWALL_GROUP';
  readonly metadata: StringMap;
  readonly rules: readonly FirewallRule[];
}

export type FirewallGroupRecord = Omit<FirewallGroup, 'kind' | 'revision' | 'directory'>;

export function decodeFirewallGroup({ id, directory, record }: RecordSource): FirewallGroup {
  const fields = readRecord(record.value);
  return {
    kind: 'FIREWALL_GROUP',
    id,
    revision: record.modRevision,
    directory,
    metadata: fields.stringMap('metadata'),
    rules: fields.records('rules').map(decodeRule),
  };
}

/** The rules of a group's record, each with all that it says there: fields that the gateway does not know, and other spellings. */
export function storedRules(record: KeyValue): readonly FirewallRule[] {
  const fields = readRecord(record.value);
  return fields.records('rules').map((rule) => ({ ...decodeRule(rule), json: rule.json() }));
}

/** A port may be any number that a GraphQL Int holds: Go's tools check none, and a rule must be seen to be repaired. */
function decodeRule(fields: RecordReader): FirewallRule {
  return {
    source: fields.optional('source', cidr),
    sourceGroupId: fields.optional('group', uuid),
    portStart: Number(fields.unsigned('portStart', 31)),
    portEnd: Number(fields.unsigned('portEnd', 31)),
    protocol: fields.text('protocol'),
    action: fields.text('action'),
  };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function firewallGroupFields(group: Changes<FirewallGroupRecord>): RecordFields {
  return {
    id: group.id,
    metadata: group.metadata && encodeStringMap(group.metadata),
    rules: group.rules && encodeRecords(group.rules.map(ruleFields)),
  };
}

/** Like Go, leaves out a source or a group that is absent. */
function ruleFields({
  source,
  sourceGroupId,
  portStart,
  portEnd,
  protocol,
  action,
  json,
}: FirewallRule): RecordFields | JsonText {
  if (json !== undefined) return json;
  return { source: source ?? undefined, group: sourceGroupId ?? undefined, portStart, portEnd, protocol, action };
}

export function encodeFirewallGroup(group: FirewallGroupRecord): Buffer {
  return encodeRecord(firewallGroupFields(group));
}
