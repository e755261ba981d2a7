import { encodeRecord, encodeStringMap, type RecordFields, readRecord } from '../codec.ts';
import type { Changes, DirectoryEntity, RecordSource, Resources, StringMap } from './entity.ts';
import { decodeResources } from './resources.ts';
import { uuid } from './text-format.ts';

export interface Flavor extends DirectoryEntity {
  readonly kind: 'FLAVOR';
  readonly metadata: StringMap;
  readonly imageId: string;
  readonly resources: Resources;
}

export type FlavorRecord = Omit<Flavor, 'kind' | 'revision' | 'directory'>;

export function decodeFlavor({ id, directory, record }: RecordSource): Flavor {
  const fields = readRecord(record.value);
  return {
    kind: 'FLAVOR',
    id,
    revision: record.modRevision,
    directory,
    metadata: fields.stringMap('metadata'),
    imageId: fields.required('image', uuid),
    resources: decodeResources(fields),
  };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function flavorFields(flavor: Changes<FlavorRecord>): RecordFields {
  return {
    id: flavor.id,
    image: flavor.imageId,
    metadata: flavor.metadata && encodeStringMap(flavor.metadata),
    memory: flavor.resources?.memory,
    disk: flavor.resources?.disk,
    cpu: flavor.resources?.cpu,
  };
}

export function encodeFlavor(flavor: FlavorRecord): Buffer {
  return encodeRecord(flavorFields(flavor));
}
