import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Follower } from '../store/follow.ts';
import type { Key } from '../store/range.ts';
import type { KeyValue, Revision, WatchBatch } from '../store/store.ts';
import { decodeTokenRecord } from './token-record.ts';
import type { Viewer } from './viewer.ts';

/** A token that the gateway knows, and who has it. */
export interface KnownToken {
  readonly hash: string;
  readonly viewer: Viewer;
  readonly modRevision: Revision;
  /** It comes from a read: the watch has not told of it yet. */
  readonly isAhead: boolean;
}

/** Before the id of a token, the id of whoever has it. */
const viewerPrefix = 'token:';

interface BookOptions {
  /** `gateway/tokens/`. */
  readonly folder: Key;
  readonly log: Logger;
}

/** All tokens of the store by id, as one watch tells of them; and who waits for the end of one. */
export class TokenBook implements Follower {
  readonly #options: BookOptions;
  /** Up to where the watch has told everything. */
  #revision: Revision = 0;
  #tokens = new Map<string, KnownToken>();
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(options: BookOptions) {
    this.#options = options;
  }

  get(id: string): KnownToken | undefined {
    return this.#tokens.get(id);
  }

  reset(entries: readonly KeyValue[], revision: Revision): void {
    const before = this.#tokens;
    this.#tokens = new Map();
    this.#revision = revision;
    for (const entry of entries) this.#put(entry, { known: before.get(this.#idOf(entry.key)) });
    for (const [id, token] of before) {
      // From a read that was newer than this one: the watch comes to it.
      if (token.isAhead && token.modRevision > revision && !this.#tokens.has(id)) this.#tokens.set(id, token);
      this.#endIfChanged(id, token);
    }
  }

  apply({ revision, changes }: WatchBatch): void {
    this.#revision = revision;
    for (const { key, current } of changes) {
      const id = this.#idOf(key);
      const before = this.#tokens.get(id);
      if (current === null) this.#tokens.delete(id);
      else this.#put(current, { known: before });
      if (before !== undefined) this.#endIfChanged(id, before);
    }
  }

  /** What a read found. It counts when it is newer than what the watch has told: else it may be gone again since. */
  learn(entry: KeyValue): void {
    const known = this.#tokens.get(this.#idOf(entry.key));
    if (entry.modRevision <= Math.max(this.#revision, known?.modRevision ?? 0)) return;
    this.#put(entry, { known, isAhead: true });
    if (known !== undefined) this.#endIfChanged(this.#idOf(entry.key), known);
  }

  /** All that a read of the whole folder found at this revision, for a watch that is late or has died without a word. */
  compare(entries: readonly KeyValue[], revision: Revision): void {
    for (const entry of entries) this.learn(entry);
    const found = new Set(entries.map(({ key }) => this.#idOf(key)));
    for (const [id, token] of this.#tokens) {
      if (found.has(id) || token.modRevision > revision) continue;
      this.#tokens.delete(id);
      this.#endIfChanged(id, token);
    }
  }

  /** Calls back when the token is no longer what it is now. Answers what stops waiting; null: it is no longer known. */
  onRevoked(viewer: Viewer, listener: () => void): (() => void) | null {
    const id = viewer.id.slice(viewerPrefix.length);
    const known = this.#tokens.get(id);
    if (known === undefined || !isSameViewer(known.viewer, viewer)) return null;
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
    };
  }

  #put(entry: KeyValue, { known, isAhead = false }: { known: KnownToken | undefined; isAhead?: boolean }): void {
    const id = this.#idOf(entry.key);
    this.#tokens.delete(id);
    try {
      const { hash, name, role, hypervisorId, expiresAt } = decodeTokenRecord(entry);
      const viewer = { id: viewerPrefix + id, name, role, hypervisorId, expiresAt };
      const isSame = known !== undefined && known.hash === hash && isSameViewer(known.viewer, viewer);
      this.#tokens.set(id, { hash, viewer: isSame ? known.viewer : viewer, modRevision: entry.modRevision, isAhead });
    } catch (error) {
      this.#options.log.warn({ reason: messageOf(error) }, 'a token is left out');
    }
  }

  /** Who has a token that says something else now, as another role, has to show it again. */
  #endIfChanged(id: string, before: KnownToken): void {
    if (this.#tokens.get(id)?.viewer === before.viewer) return;
    const listeners = this.#listeners.get(id) ?? [];
    this.#listeners.delete(id);
    for (const listener of listeners) listener();
  }

  #idOf(key: Key): string {
    return key.slice(this.#options.folder.length);
  }
}

function isSameViewer(one: Viewer, other: Viewer): boolean {
  return (
    one.name === other.name &&
    one.role === other.role &&
    one.hypervisorId === other.hypervisorId &&
    one.expiresAt?.getTime() === other.expiresAt?.getTime()
  );
}
