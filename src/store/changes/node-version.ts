import { GatewayError } from '../../errors.ts';
import { decodeNode } from '../decode-node.ts';
import type { EntityOf } from '../entities/index.ts';
import { folderRange, type Keys, type NodeKind, recordName, subkeys } from '../keys.ts';
import { type Key, keyRange, prefixRange } from '../range.ts';
import type { KeyValue } from '../store.ts';
import type { View } from '../view.ts';
import { changeBelow, type NodeChange, recordChange } from './node-change.ts';

/** A node at one revision: null when there was none, the error when its record could not be read. */
export type NodeVersion<K extends NodeKind = NodeKind> = EntityOf[K] | GatewayError | null;

/** A node before a commit, and as the commit left it. */
export interface NodeVersions<K extends NodeKind = NodeKind> {
  readonly before: NodeVersion<K>;
  readonly after: NodeVersion<K>;
}

/** What of a node's directory it is decoded from. */
interface Stored {
  readonly record: KeyValue | null;
  readonly state: KeyValue | null;
}

export interface VersionSource {
  readonly keys: Keys;
  /** The store as the commit left it. */
  readonly view: View;
}

/** Both versions of a node. What the commit itself does not say is read at its revision. */
export async function readVersions(change: NodeChange, source: VersionSource): Promise<NodeVersions> {
  const after = await storedAfter(change, source);
  const before = storedBefore(change, after);
  return { before: decode(change, before), after: decode(change, after) };
}

async function storedAfter(change: NodeChange, { keys, view }: VersionSource): Promise<Stored> {
  const { kind, path } = change;
  const record = recordChange(change);
  const state = kind === 'GUEST' ? changeBelow(change, subkeys.state) : undefined;
  const isWhole = record !== undefined && (kind !== 'GUEST' || state !== undefined);
  if (isWhole) return { record: record.current, state: state?.current ?? null };
  // As a loader reads it: whoever asks for the node at this revision finds it there.
  const range = kind === 'GUEST' ? prefixRange(path) : keyRange(path + recordName);
  const entries = await view.snapshot.list(range, folderRange(keys, kind));
  const entryOf = (key: Key) => entries.find((entry) => entry.key === key) ?? null;
  return { record: entryOf(path + recordName), state: entryOf(path + subkeys.state) };
}

/** Undoes what the commit did. */
function storedBefore(change: NodeChange, after: Stored): Stored {
  const record = recordChange(change);
  const state = changeBelow(change, subkeys.state);
  return {
    record: record === undefined ? after.record : record.previous,
    state: state === undefined ? after.state : state.previous,
  };
}

function decode({ kind, name, path }: NodeChange, { record, state }: Stored): NodeVersion {
  if (record === null) return null;
  try {
    return decodeNode(kind, { id: name, directory: path, record, ...(state === null ? {} : { state }) });
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}
