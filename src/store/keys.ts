import { type Key, keyFromText, prefixRange, type Range } from './range.ts';

/** The kinds of node in the graph, in the order in which `node(id:)` prefers them where one UUID is stored in two kinds. */
export const nodeKinds = [
  'NETWORK',
  'SUBNET',
  'HYPERVISOR',
  'GUEST',
  'FLAVOR',
  'FIREWALL_GROUP',
  'VLAN',
  'VLAN_GROUP',
  'JOB',
  'CONFIG',
] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** The folder of each kind under the prefix. */
const folders: Readonly<Record<NodeKind, string>> = {
  NETWORK: 'networks/',
  SUBNET: 'subnets/',
  HYPERVISOR: 'hypervisors/',
  GUEST: 'guests/',
  FLAVOR: 'flavors/',
  FIREWALL_GROUP: 'fwgroups/',
  VLAN: 'vlans/',
  VLAN_GROUP: 'vlangroups/',
  JOB: 'jobs/',
  CONFIG: 'config/',
};

/**
 * Every key that the gateway reads or writes, built in one place. `name` is a directory's name as stored: a UUID (lower case,
 * unless another tool stored it otherwise) or a VLAN's tag.
 */
export interface Keys {
  /** What all keys begin with, such as `lochness/`. */
  readonly prefix: Key;
  /** Nothing lies here: reading it is the cheapest proof of the store's newest revision. */
  readonly probe: Key;
  /** `guests/` of the kind GUEST: all its keys begin so. */
  folder(kind: NodeKind): Key;
  /** `guests/<id>/`: all keys of one node begin so. */
  directory(kind: DirectoryKind, name: string): Key;
  /** `guests/<id>/metadata`: where the node's record lies. A job's record is `jobs/<id>`. */
  record(kind: Exclude<NodeKind, 'CONFIG'>, name: string): Key;
  /** `config/<key>`; the key is any text. */
  config(key: string): Key;
  /** `jobs/<id>.lock`: whoever works on the job holds it, under a lease. */
  jobLock(name: string): Key;
  /** `gateway/leader`: of several gateways, the one that holds it, under a lease, does what is to be done once. */
  readonly leader: Key;
  /** `gateway/operations/<name>`: put by each commit of a mutation, so that its outcome can be read back. */
  operation(name: string): Key;
  /** `gateway/references/<kind>/<id>`: put by each commit that makes a node refer to this one. `id` is canonical. */
  reference(kind: DirectoryKind, id: string): Key;
  /** `gateway/tokens/`: one key for each API token, which has its hash, never the token itself. */
  readonly tokens: Key;
  /** `gateway/tokens/<id>`. */
  token(id: string): Key;
}

/** Kinds whose nodes have a directory of keys; a job and a config entry are one key each. */
export type DirectoryKind = Exclude<NodeKind, 'JOB' | 'CONFIG'>;

/** The keys below a directory. */
export const recordName = 'metadata';
export const subkeys = {
  heartbeat: 'heartbeat',
  state: 'state',
  jobs: 'jobs',
  reservation: 'reservation',
  config: 'config/',
  subnets: 'subnets/',
  guests: 'guests/',
  addresses: 'addresses/',
  vlanGroups: 'vlangroups/',
  vlans: 'vlans/',
} as const;

/** It says which gateway runs, and nothing of the cluster: an export leaves it out, and an import takes no notice of it. */
export function leaderKey(prefix: Key): Key {
  return `${prefix}gateway/leader`;
}

/** Who may use the gateways of this store. It is no part of the cluster either: no export has it, and no import touches it. */
export function tokenFolder(prefix: Key): Key {
  return `${prefix}gateway/tokens/`;
}

export function openKeys(prefixText: string): Keys {
  const prefix = keyFromText(prefixText);
  return {
    prefix,
    probe: `${prefix}gateway/probe`,
    leader: leaderKey(prefix),
    folder: (kind) => prefix + folders[kind],
    directory: (kind, name) => `${prefix}${folders[kind]}${name}/`,
    record: (kind, name) => (kind === 'JOB' ? `${prefix}jobs/${name}` : `${prefix}${folders[kind]}${name}/${recordName}`),
    config: (key) => `${prefix}config/${keyFromText(key)}`,
    jobLock: (name) => `${prefix}jobs/${name}.lock`,
    operation: (name) => `${prefix}gateway/operations/${keyFromText(name)}`,
    reference: (kind, id) => `${prefix}gateway/references/${folders[kind]}${id}`,
    tokens: tokenFolder(prefix),
    token: (id) => tokenFolder(prefix) + id,
  };
}

/** The range of all keys of a kind. */
export function folderRange(keys: Keys, kind: NodeKind): Range {
  return prefixRange(keys.folder(kind));
}

/** A node's id, unique over all kinds, from its name in its kind's folder: a UUID stands for itself. */
export function nodeId(kind: NodeKind, name: string): string {
  if (kind === 'VLAN') return `vlan:${name}`;
  return kind === 'CONFIG' ? `config:${name}` : name;
}
