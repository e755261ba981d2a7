import { type DirectoryKind, type NodeKind, recordName, subkeys } from '../keys.ts';
import type { NodeOfKey } from '../node-of-key.ts';
import type { Key } from '../range.ts';
import type { Change, Revision, WatchBatch } from '../store.ts';

/** What one commit did to the keys of one node. */
export interface NodeChange {
  readonly kind: NodeKind;
  /** The node's name as its key says it; see Directory. */
  readonly name: string;
  /** What all its keys begin with, as stored. For a job and a config entry: the key itself. */
  readonly path: Key;
  readonly revision: Revision;
  /** Its place among all nodes that the commit touched, from 0, in key order. The same on every gateway. */
  readonly index: number;
  /** In key order. */
  readonly changes: readonly Change[];
}

export type ChangeType = 'CREATED' | 'UPDATED' | 'DELETED';

/**
 * What of a node's directory is a part of the node. Heartbeats, links to guests and addresses come and go without changing it, and a
 * key that is named nowhere is somebody else's.
 */
const parts: Readonly<Record<DirectoryKind, readonly string[]>> = {
  NETWORK: [subkeys.subnets],
  SUBNET: [],
  HYPERVISOR: [subkeys.config, subkeys.subnets],
  GUEST: [subkeys.state, subkeys.jobs, subkeys.reservation],
  FLAVOR: [],
  FIREWALL_GROUP: [],
  VLAN: [subkeys.vlanGroups],
  VLAN_GROUP: [subkeys.vlans],
};

/** The nodes that a commit touched, in key order. */
export function nodeChangesOf({ revision, changes }: WatchBatch, nodeOfKey: NodeOfKey): readonly NodeChange[] {
  const touched: (NodeChange & { readonly changes: Change[] })[] = [];
  for (const change of changes) {
    const last = touched.at(-1);
    // In key order the keys of one directory stand together; a job's or an entry's path is the whole of its only key.
    if (last?.path.endsWith('/') && change.key.startsWith(last.path) && last.kind !== 'CONFIG') {
      last.changes.push(change);
      continue;
    }
    const node = nodeOfKey(change.key);
    if (node !== null) touched.push({ ...node, revision, index: touched.length, changes: [change] });
  }
  return touched;
}

/** What happened to the key of that name below the node; undefined when nothing did. The name of a record is `recordName`. */
export function changeBelow({ path, changes }: NodeChange, name: string): Change | undefined {
  const key = path + name;
  return changes.find((change) => change.key === key);
}

export function recordChange(change: NodeChange): Change | undefined {
  return change.kind === 'JOB' || change.kind === 'CONFIG' ? change.changes[0] : changeBelow(change, recordName);
}

/** Whether the node as users see it is another one now, and how; null when only what does not count was touched. */
export function changeTypeOf(change: NodeChange): ChangeType | null {
  const record = recordChange(change);
  if (record?.current === null) return 'DELETED';
  if (record?.previous === null) return 'CREATED';
  if (record !== undefined) return 'UPDATED';
  const { kind, path, changes } = change;
  if (kind === 'JOB' || kind === 'CONFIG') return null;
  const isPart = (name: string) => parts[kind].some((part) => (part.endsWith('/') ? name.startsWith(part) : name === part));
  return changes.some(({ key }) => isPart(key.slice(path.length))) ? 'UPDATED' : null;
}
