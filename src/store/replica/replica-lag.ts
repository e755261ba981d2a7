import type { Revision } from '../store.ts';

export interface Lag {
  /** Null while nothing is known: it is not loaded, or everything is loaded anew. */
  readonly revisions: number | null;
  /** Since it was behind without a moment in which it was not. */
  readonly seconds: number;
}

/** How far what is known of a store is behind what it was heard to have. */
export class ReplicaLag {
  /** A clock that does not jump. */
  readonly #nowMs: () => number;
  #proved: Revision = 0;
  /** Nothing is known before it is loaded, and while it is loaded anew. */
  #isLost: boolean = true;
  /** Null: it is not behind. */
  #behindSinceMs: number | null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#behindSinceMs = nowMs();
  }

  /** The store has come to this revision, which is ahead of what is known. */
  prove(revision: Revision): void {
    this.#proved = Math.max(this.#proved, revision);
    this.#behindSinceMs ??= this.#nowMs();
  }

  /** What was known is not kept current any more. */
  lose(): void {
    this.#isLost = true;
    this.#behindSinceMs ??= this.#nowMs();
  }

  /** All is known up to this revision. */
  reach(revision: Revision): void {
    this.#isLost = false;
    if (revision >= this.#proved) this.#behindSinceMs = null;
  }

  behind(revision: Revision): Lag {
    if (this.#behindSinceMs === null) return { revisions: 0, seconds: 0 };
    const revisions = this.#isLost ? null : this.#proved - revision;
    return { revisions, seconds: (this.#nowMs() - this.#behindSinceMs) / 1000 };
  }
}
