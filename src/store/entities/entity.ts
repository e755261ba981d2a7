import type { NodeKind } from '../keys.ts';
import type { Key } from '../range.ts';
import type { KeyValue, Revision } from '../store.ts';

/** What every node of the graph has. */
export interface Entity {
  readonly kind: NodeKind;
  /** Unique over all kinds: a UUID in lower case, `vlan:<tag>` or `config:<key>`. */
  readonly id: string;
  /** The revision of the node's own record; its links, config, heartbeat and state do not move it. */
  readonly revision: Revision;
}

/** A node whose keys lie in a directory of its own. */
export interface DirectoryEntity extends Entity {
  /** `guests/<id>/` as stored: another tool may have stored the id in upper case. */
  readonly directory: Key;
}

/** What a node is decoded from. */
export interface RecordSource {
  /** The node's name as its key says it, whatever the record says: a UUID in lower case, a VLAN's tag, a config entry's key. */
  readonly id: string;
  /** What all its keys begin with, as stored. For a job and a config entry: the record's key. */
  readonly directory: Key;
  readonly record: KeyValue;
  /** A guest's `state` key, when it is there. */
  readonly state?: KeyValue;
}

/** Some fields of a record; one that is undefined is left as it is. */
export type Changes<T> = { readonly [K in keyof T]?: T[K] | undefined };

export type StringMap = Readonly<Record<string, string>>;

/** Memory and disk in MB, cpu in virtual CPUs. Any unsigned 64-bit (cpu: 32-bit) number is legal. */
export interface Resources {
  readonly memory: bigint;
  readonly disk: bigint;
  readonly cpu: bigint;
}
