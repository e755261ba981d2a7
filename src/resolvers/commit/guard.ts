import type { DirectoryEntity } from '../../store/entities/entity.ts';
import { recordName } from '../../store/keys.ts';
import { type Key, keyRange, type Range } from '../../store/range.ts';
import type { Compare, KeyValue, Revision } from '../../store/store.ts';

/** Where the node's record lies, as stored. */
export function recordKey({ directory }: Pick<DirectoryEntity, 'directory'>): Key {
  return directory + recordName;
}

/** The node's record is as it was read. */
export function isUnchanged(node: DirectoryEntity): Compare {
  return { target: 'modRevision', range: keyRange(recordKey(node)), is: '=', number: node.revision };
}

/** The key is as it was read: there in the same version, or absent. */
export function isStill(key: Key, entry: KeyValue | null): Compare {
  return { target: 'modRevision', range: keyRange(key), is: '=', number: entry?.modRevision ?? 0 };
}

export function isPresent(key: Key): Compare {
  return { target: 'version', range: keyRange(key), is: '>', number: 0 };
}

export function isAbsent(key: Key): Compare {
  return { target: 'version', range: keyRange(key), is: '=', number: 0 };
}

/** Nothing there came or was changed after the revision. That something went is not seen. */
export function isNotNewer(range: Range, revision: Revision): Compare {
  return { target: 'modRevision', range, is: '<', number: revision + 1 };
}
