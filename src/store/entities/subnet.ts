import { encodeRecord, encodeStringMap, RecordError, type RecordFields, readRecord } from '../codec.ts';
import { contains, formatCIDR } from '../values/cidr.ts';
import { type AddressRange, formatIPAddress } from '../values/ip-address.ts';
import type { Changes, DirectoryEntity, RecordSource, StringMap } from './entity.ts';
import { ipAddress, parsedCIDR, parsedIPAddress, uuid } from './text-format.ts';

export interface Subnet extends DirectoryEntity {
  readonly kind: 'SUBNET';
  readonly metadata: StringMap;
  /** Null while no network has it. */
  readonly networkId: string | null;
  readonly cidr: string;
  readonly gateway: string | null;
  readonly startRange: string;
  readonly endRange: string;
  /** startRange to endRange as numbers. */
  readonly range: AddressRange;
}

export type SubnetRecord = Omit<Subnet, 'kind' | 'revision' | 'directory' | 'range'>;

export function decodeSubnet({ id, directory, record }: RecordSource): Subnet {
  const fields = readRecord(record.value);
  const cidr = fields.required('cidr', parsedCIDR);
  const start = fields.required('start', parsedIPAddress);
  const end = fields.required('end', parsedIPAddress);
  const [cidrText, startRange, endRange] = [formatCIDR(cidr), formatIPAddress(start), formatIPAddress(end)];
  if (!contains(cidr.range, start)) throw new RecordError(`start is ${startRange}, which is not in ${cidrText}`);
  if (!contains(cidr.range, end)) throw new RecordError(`end is ${endRange}, which is not in ${cidrText}`);
  if (start.number > end.number) throw new RecordError(`start is ${startRange}, which is above the end, ${endRange}`);
  return {
    kind: 'SUBNET',
    id,
    revision: record.modRevision,
    directory,
    metadata: fields.stringMap('metadata'),
    networkId: fields.optional('network', uuid),
    cidr: cidrText,
    gateway: fields.optional('gateway', ipAddress),
    startRange,
    endRange,
    range: { family: start.family, first: start.number, last: end.number },
  };
}

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function subnetFields(subnet: Changes<SubnetRecord>): RecordFields {
  return {
    id: subnet.id,
    metadata: subnet.metadata && encodeStringMap(subnet.metadata),
    network: subnet.networkId,
    gateway: subnet.gateway,
    cidr: subnet.cidr,
    start: subnet.startRange,
    end: subnet.endRange,
  };
}

export function encodeSubnet(subnet: SubnetRecord): Buffer {
  return encodeRecord(subnetFields(subnet));
}
