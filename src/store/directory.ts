import { type Keys, type NodeKind, recordName } from './keys.ts';
import type { Key } from './range.ts';
import type { KeyValue } from './store.ts';

/** The keys of one node: its record and what else lies in its directory. A job or a config entry has its record alone. */
export interface Directory {
  /** The node's id as its key says it: a UUID in lower case, a VLAN's tag, a config entry's key. */
  readonly name: string;
  /** What all its keys begin with, as stored. For a job and a config entry: the key itself. */
  readonly path: Key;
  /** Undefined where another program left a directory without a record. */
  readonly record: KeyValue | undefined;
  /** All its entries, the record among them, in key order. */
  readonly entries: readonly KeyValue[];
}

/**
 * The directories of a kind, from entries of its folder in key order. Children whose name the kind can't have are somebody
 * else's and left out, and so is all below a job but its record.
 */
export function* directoriesOf(keys: Keys, kind: NodeKind, entries: readonly KeyValue[]): Generator<Directory> {
  const folder = keys.folder(kind);
  if (kind === 'JOB' || kind === 'CONFIG') {
    for (const record of entries) {
      const name = nameOf(kind, record.key.slice(folder.length));
      if (name !== null) yield { name, path: record.key, record, entries: [record] };
    }
    return;
  }
  let index = 0;
  while (index < entries.length) {
    const key = entries[index]?.key ?? '';
    const slash = key.indexOf('/', folder.length);
    let next = index + 1;
    // A key right in the folder is no directory, and not the beginning of one either: "guests/1" comes before "guests/1/metadata".
    if (slash >= 0) {
      const path = key.slice(0, slash + 1);
      while (next < entries.length && entries[next]?.key.startsWith(path)) next++;
      const name = nameOf(kind, key.slice(folder.length, slash));
      if (name !== null) yield directoryFrom(name, path, entries.slice(index, next));
    }
    index = next;
  }
}

/** One node's directory from its entries; `name` is the id in lower case, `path` the directory as stored. */
export function directoryFrom(name: string, path: Key, entries: readonly KeyValue[]): Directory {
  const recordKey = path + recordName;
  return { name, path, record: entries.find(({ key }) => key === recordKey), entries };
}

const uuidInAnyCase = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The name that a child of a kind's folder stands for; null when it is no such thing. */
export function nameOf(kind: NodeKind, child: Key): string | null {
  if (kind === 'CONFIG') return child === '' ? null : Buffer.from(child, 'latin1').toString('utf8');
  if (kind === 'VLAN') return /^[1-9][0-9]{0,3}$/.test(child) ? child : null;
  return uuidInAnyCase.test(child) ? child.toLowerCase() : null;
}
