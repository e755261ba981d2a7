import { isAbsent } from '../resolvers/commit/index.ts';
import { type Key, keyRange } from '../store/range.ts';
import type { Compare, KeyValue, Revision, Store, Write } from '../store/store.ts';
import type { Leadership } from './leader.ts';

/** What is written where its keys are as they were read; those that others changed meanwhile are left out. */
export interface Part {
  /** The revision of each key's last put; 0 for one that was absent. */
  readonly known: ReadonlyMap<Key, Revision>;
  readonly writes: readonly Write[];
}

export interface CommitUnchangedOptions {
  readonly store: Store;
  readonly leadership: Leadership;
  /** Where one of these is there, nothing is written. */
  readonly absent?: readonly Key[];
}

/**
 * Commits, as the leader, all parts that are as they were read, together. Answers how many; null where something is there that was to
 * be absent. A commit that is refused tells which parts changed. Where none did it is the leading that is over, and that is ended.
 */
export async function commitUnchanged(options: CommitUnchangedOptions, parts: readonly Part[]): Promise<number | null> {
  const { store, leadership, absent = [] } = options;
  for (let left = parts; left.length > 0 && !leadership.signal.aborted; ) {
    const known = left.flatMap((part) => [...part.known]);
    const { committed, reads } = await store.commit({
      compares: [leadership.guard, ...absent.map(isAbsent), ...known.map(isAtRevision)],
      writes: left.flatMap(({ writes }) => writes),
      onFailure: [...absent, ...known.map(([key]) => key)].map(keyRange),
    });
    if (committed) return left.length;
    const found = new Map(reads.flat().map((entry) => [entry.key, entry]));
    if (absent.some((key) => found.has(key))) return null;
    const unchanged = left.filter((part) => isAsKnown(part, found));
    if (unchanged.length === left.length) leadership.end();
    left = unchanged;
  }
  return 0;
}

function isAsKnown({ known }: Part, found: ReadonlyMap<Key, KeyValue>): boolean {
  return [...known].every(([key, revision]) => (found.get(key)?.modRevision ?? 0) === revision);
}

function isAtRevision([key, number]: readonly [Key, Revision]): Compare {
  return { target: 'modRevision', range: keyRange(key), is: '=', number };
}
