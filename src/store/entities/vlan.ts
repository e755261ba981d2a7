import { encodeRecord, RecordError, type RecordFields, readRecord } from '../codec.ts';
import { nodeId } from '../keys.ts';
import type { Changes, DirectoryEntity, RecordSource } from './entity.ts';

export interface VLAN extends DirectoryEntity {
  readonly kind: 'VLAN';
  /** 1 to 4095. */
  readonly tag: number;
  readonly description: string;
}

export type VLANRecord = Pick<VLAN, 'tag' | 'description'>;

export const highestTag = 4095;

const decimal = /^[1-9][0-9]{0,3}$/;

/** The tag that a key or an id names: 1 to 4095, in decimal, without leading zeros. Null for anything else. */
export function tagOf(text: string): number | null {
  return decimal.test(text) && Number(text) <= highestTag ? Number(text) : null;
}

export function decodeVLAN({ id, directory, record }: RecordSource): VLAN {
  const tag = tagOf(id);
  if (tag === null) throw new RecordError(`its key says ${id}, which is no VLAN tag from 1 to ${highestTag}`);
  const fields = readRecord(record.value);
  return {
    kind: 'VLAN',
    id: nodeId('VLAN', id),
    revision: record.modRevision,
    directory,
    tag,
    description: fields.text('description'),
  };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function vlanFields(vlan: Changes<VLANRecord>): RecordFields {
  return { tag: vlan.tag, description: vlan.description };
}

export function encodeVLAN(vlan: VLANRecord): Buffer {
  return encodeRecord(vlanFields(vlan));
}
