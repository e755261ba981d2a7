import { encodeRecord, encodeStringMap, type RecordFields, readRecord } from '../codec.ts';
import type { Changes, DirectoryEntity, RecordSource, StringMap } from './entity.ts';

export interface Network extends DirectoryEntity {
  readonly kind: 'NETWORK';
  readonly metadata: StringMap;
}

export type NetworkRecord = Pick<Network, 'id' | 'metadata'>;

export function decodeNetwork({ id, directory, record }: RecordSource): Network {
  const fields = readRecord(record.value);
  return { kind: 'NETWORK', id, revision: record.modRevision, directory, metadata: fields.stringMap('metadata') };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function networkFields(network: Changes<NetworkRecord>): RecordFields {
  return { id: network.id, metadata: network.metadata && encodeStringMap(network.metadata) };
}

export function encodeNetwork(network: NetworkRecord): Buffer {
  return encodeRecord(networkFields(network));
}
