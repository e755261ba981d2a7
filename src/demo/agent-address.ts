import { rewriteRecord } from '../store/codec.ts';
import { hypervisorFields } from '../store/entities/hypervisor.ts';
import { recordName, subkeys } from '../store/keys.ts';
import { type Key, keyRange } from '../store/range.ts';
import type { KeyValue, Store, Write } from '../store/store.ts';
import { managementGateway, managementNetmask } from './sample-address.ts';

export interface AgentAddress {
  readonly host: string;
  /** Null: where gateways look for agents unless they are told otherwise. */
  readonly port: number | null;
}

export interface AddressWriting {
  readonly store: Store;
  /** The hypervisor's. */
  readonly directory: Key;
  readonly address: AgentAddress;
  readonly signal: AbortSignal;
}

/** Somebody else may write the record at the same time, but hardly so often. */
const attempts = 10;

/** Writes into a hypervisor's record, and its setting `agentPort`, where its agent listens. Writes nothing where that is there. */
export async function writeAgentAddress({ store, directory, address, signal }: AddressWriting): Promise<void> {
  const ranges = [directory + recordName, `${directory}${subkeys.config}agentPort`].map(keyRange);
  for (let attempt = 0; attempt < attempts; attempt++) {
    signal.throwIfAborted();
    const { results } = await store.read({ ranges, signal });
    const [record, setting] = results.map(({ entries }) => entries[0]);
    if (record === undefined) return;
    const writes = [
      ...recordWrites(record, address),
      ...settingWrites(`${directory}${subkeys.config}agentPort`, setting, address),
    ];
    if (writes.length === 0) return;
    const compares = ranges.map((range, nth) => {
      const number = [record, setting][nth]?.modRevision ?? 0;
      return { target: 'modRevision', range, is: '=', number } as const;
    });
    if ((await store.commit({ compares, writes })).committed) return;
  }
  throw new Error(`The address of a hypervisor could not be written: others changed ${directory}${recordName} again and again`);
}

function recordWrites(record: KeyValue, { host }: AgentAddress): Write[] {
  const fields = hypervisorFields({ ip: host, netmask: managementNetmask, gateway: managementGateway });
  const value = rewriteRecord(record.value, fields);
  return value.equals(record.value) ? [] : [{ type: 'put', key: record.key, value, leaseId: record.leaseId }];
}

function settingWrites(key: Key, setting: KeyValue | undefined, { port }: AgentAddress): Write[] {
  if (port === null) return setting === undefined ? [] : [{ type: 'delete', range: keyRange(key) }];
  const value = Buffer.from(String(port));
  return setting?.value.equals(value) ? [] : [{ type: 'put', key, value }];
}
