import { encodeRecord, encodeStringMap, type RecordFields, readRecord } from '../codec.ts';
import type { Changes, DirectoryEntity, RecordSource, StringMap } from './entity.ts';

export interface VLANGroup extends DirectoryEntity {
  readonly kind: 'VLAN_GROUP';
  readonly description: string;
  readonly metadata: StringMap;
}

export type VLANGroupRecord = Omit<VLANGroup, 'kind' | 'revision' | 'directory'>;

export function decodeVLANGroup({ id, directory, record }: RecordSource): VLANGroup {
  const fields = readRecord(record.value);
  return {
    kind: 'VLAN_GROUP',
    id,
    revision: record.modRevision,
    directory,
    description: fields.text('description'),
    metadata: fields.stringMap('metadata'),
  };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function vlanGroupFields(group: Changes<VLANGroupRecord>): RecordFields {
  return { id: group.id, description: group.description, metadata: group.metadata && encodeStringMap(group.metadata) };
}

export function encodeVLANGroup(group: VLANGroupRecord): Buffer {
  return encodeRecord(vlanGroupFields(group));
}
