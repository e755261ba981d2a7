import { BrokenRecords } from './broken-record.ts';
import type { EntityOf } from './entities/index.ts';
import type { Keys, NodeKind } from './keys.ts';
import { type KindLoader, openKindLoader } from './kind-loader.ts';
import type { Snapshot } from './snapshot.ts';

export type KindLoaders = { readonly [K in NodeKind]: KindLoader<EntityOf[K]> };

/** The nodes of one snapshot, by kind. Belongs to one operation; a fresh one for each. */
export type Loaders = KindLoaders & {
  /** Every record that could not be read so far. */
  readonly broken: BrokenRecords;
};

export function openLoaders({ snapshot, keys }: { readonly snapshot: Snapshot; readonly keys: Keys }): Loaders {
  const broken = new BrokenRecords();
  function open<K extends NodeKind>(kind: K): KindLoader<EntityOf[K]> {
    return openKindLoader({ kind, snapshot, keys, broken });
  }
  return {
    NETWORK: open('NETWORK'),
    SUBNET: open('SUBNET'),
    HYPERVISOR: open('HYPERVISOR'),
    GUEST: open('GUEST'),
    FLAVOR: open('FLAVOR'),
    FIREWALL_GROUP: open('FIREWALL_GROUP'),
    VLAN: open('VLAN'),
    VLAN_GROUP: open('VLAN_GROUP'),
    JOB: open('JOB'),
    CONFIG: open('CONFIG'),
    broken,
  };
}
