import { BrokenRecords } from './broken-record.ts';
import type { Entity, RecordSource } from './entities/entity.ts';
import { decoders, type EntityOf } from './entities/index.ts';
import type { Keys, NodeKind } from './keys.ts';
import { type KindLoader, openKindLoader } from './kind-loader.ts';
import type { Snapshot } from './snapshot.ts';

/** The nodes of one snapshot, by kind. Belongs to one operation; a fresh one for each. */
export type Loaders = { readonly [K in NodeKind]: KindLoader<EntityOf[K]> } & {
  /** Every record that could not be read so far. */
  readonly broken: BrokenRecords;
};

export function openLoaders({ snapshot, keys }: { readonly snapshot: Snapshot; readonly keys: Keys }): Loaders {
  const broken = new BrokenRecords();
  function open<T extends Entity>(kind: NodeKind, decode: (source: RecordSource) => T): KindLoader<T> {
    return openKindLoader({ kind, decode, snapshot, keys, broken });
  }
  return {
    NETWORK: open('NETWORK', decoders.NETWORK),
    SUBNET: open('SUBNET', decoders.SUBNET),
    HYPERVISOR: open('HYPERVISOR', decoders.HYPERVISOR),
    GUEST: open('GUEST', decoders.GUEST),
    FLAVOR: open('FLAVOR', decoders.FLAVOR),
    FIREWALL_GROUP: open('FIREWALL_GROUP', decoders.FIREWALL_GROUP),
    VLAN: open('VLAN', decoders.VLAN),
    VLAN_GROUP: open('VLAN_GROUP', decoders.VLAN_GROUP),
    JOB: open('JOB', decoders.JOB),
    CONFIG: open('CONFIG', decoders.CONFIG),
    broken,
  };
}
