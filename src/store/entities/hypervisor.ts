import { encodeRecord, encodeStringMap, type RecordFields, readRecord } from '../codec.ts';
import type { Changes, DirectoryEntity, RecordSource, Resources, StringMap } from './entity.ts';
import { decodeResources, resourceFields } from './resources.ts';
import { ipAddress, macAddress } from './text-format.ts';

export interface Hypervisor extends DirectoryEntity {
  readonly kind: 'HYPERVISOR';
  readonly metadata: StringMap;
  readonly ip: string | null;
  readonly netmask: string | null;
  readonly gateway: string | null;
  readonly mac: string | null;
  readonly totalResources: Resources;
  /** As the hypervisor reported it: may be nonsense near 2^64 (the Go tools let it underflow). */
  readonly availableResources: Resources;
}

export type HypervisorRecord = Omit<Hypervisor, 'kind' | 'revision' | 'directory'>;

export function decodeHypervisor({ id, directory, record }: RecordSource): Hypervisor {
  const fields = readRecord(record.value);
  return {
    kind: 'HYPERVISOR',
    id,
    revision: record.modRevision,
    directory,
    metadata: fields.stringMap('metadata'),
    ip: fields.optional('ip', ipAddress),
    netmask: fields.optional('netmask', ipAddress),
    gateway: fields.optional('gateway', ipAddress),
    mac: fields.optional('mac', macAddress),
    totalResources: decodeResources(fields.record('total_resources')),
    availableResources: decodeResources(fields.record('available_resources')),
  };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function hypervisorFields(hypervisor: Changes<HypervisorRecord>): RecordFields {
  return {
    id: hypervisor.id,
    metadata: hypervisor.metadata && encodeStringMap(hypervisor.metadata),
    ip: hypervisor.ip,
    netmask: hypervisor.netmask,
    gateway: hypervisor.gateway,
    mac: hypervisor.mac,
    total_resources: hypervisor.totalResources && resourceFields(hypervisor.totalResources),
    available_resources: hypervisor.availableResources && resourceFields(hypervisor.availableResources),
  };
}

export function encodeHypervisor(hypervisor: HypervisorRecord): Buffer {
  return encodeRecord(hypervisorFields(hypervisor));
}
