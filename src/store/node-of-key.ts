import { nameOf } from './directory.ts';
import { type Keys, type NodeKind, nodeKinds } from './keys.ts';
import type { Key } from './range.ts';

/** Tells to which node a key belongs; null for a key that belongs to none. */
export type NodeOfKey = (key: Key) => NodePlace | null;

export interface NodePlace {
  readonly kind: NodeKind;
  /** The node's name as its key says it; see Directory. */
  readonly name: string;
  /** What all its keys begin with, as stored. For a job and a config entry: the key itself. */
  readonly path: Key;
}

export function openNodeOfKey(keys: Keys): NodeOfKey {
  const kinds = new Map(nodeKinds.map((kind) => [keys.folder(kind), kind]));
  return (key) => {
    const folder = key.slice(0, key.indexOf('/', keys.prefix.length) + 1);
    const kind = kinds.get(folder);
    if (kind === undefined) return null;
    if (kind === 'JOB' || kind === 'CONFIG') {
      const name = nameOf(kind, key.slice(folder.length));
      return name === null ? null : { kind, name, path: key };
    }
    const slash = key.indexOf('/', folder.length);
    const name = slash < 0 ? null : nameOf(kind, key.slice(folder.length, slash));
    return name === null ? null : { kind, name, path: key.slice(0, slash + 1) };
  };
}
