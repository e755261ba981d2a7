import { encodeRecord, encodeStringMap, type RecordFields, readRecord } from '../codec.ts';
import type { Changes, DirectoryEntity, RecordSource, StringMap } from './entity.ts';
import { decodeGuestState, type GuestState } from './guest-state.ts';
import { anyText, ipAddress, macAddress, uuid } from './text-format.ts';

export { type GuestState, guestStates } from './guest-state.ts';

export interface Guest extends DirectoryEntity {
  readonly kind: 'GUEST';
  readonly metadata: StringMap;
  readonly type: string;
  readonly flavorId: string;
  readonly networkId: string;
  readonly hypervisorId: string | null;
  readonly subnetId: string | null;
  readonly firewallGroupId: string | null;
  readonly vlanGroupId: string | null;
  readonly mac: string | null;
  readonly ip: string | null;
  readonly bridge: string | null;
  /** UNPLACED without a hypervisor; else as its `state` key says; UNKNOWN without one. */
  readonly state: GuestState;
  /** When this state was first seen, RFC 3339 in UTC; null when nobody recorded it. */
  readonly stateObservedAt: string | null;
}

export type GuestRecord = Omit<Guest, 'kind' | 'revision' | 'directory' | 'state' | 'stateObservedAt'>;

export function decodeGuest({ id, directory, record, state }: RecordSource): Guest {
  const fields = readRecord(record.value);
  const hypervisorId = fields.optional('hypervisor', uuid);
  const observed = hypervisorId === null ? unplaced : decodeGuestState(state);
  return {
    kind: 'GUEST',
    id,
    revision: record.modRevision,
    directory,
    metadata: fields.stringMap('metadata'),
    type: fields.text('type'),
    flavorId: fields.required('flavor', uuid),
    networkId: fields.required('network', uuid),
    hypervisorId,
    subnetId: fields.optional('subnet', uuid),
    firewallGroupId: fields.optional('fwgroup', uuid),
    vlanGroupId: fields.optional('vlangroup', uuid),
    mac: fields.optional('mac', macAddress),
    ip: fields.optional('ip', ipAddress),
    bridge: fields.optional('bridge', anyText),
    state: observed.state,
    stateObservedAt: observed.observedAt,
  };
}

const unplaced = { state: 'UNPLACED', observedAt: null } as const;

/** Those that are given, under their names in the record: for a new record, or to rewrite a stored one. */
export function guestFields(guest: Changes<GuestRecord>): RecordFields {
  return {
    id: guest.id,
    metadata: guest.metadata && encodeStringMap(guest.metadata),
    type: guest.type,
    flavor: guest.flavorId,
    hypervisor: guest.hypervisorId,
    network: guest.networkId,
    subnet: guest.subnetId,
    fwgroup: guest.firewallGroupId,
    vlangroup: guest.vlanGroupId,
    mac: guest.mac,
    ip: guest.ip,
    bridge: guest.bridge,
  };
}

export function encodeGuest(guest: GuestRecord): Buffer {
  return encodeRecord(guestFields(guest));
}
