import type { Revision } from '../store.ts';

export interface Lag {
  /** 0 while all is loaded. */
  readonly revisions: number;
  /** Since it was behind without a moment in which it was not. */
  readonly seconds: number;
}

/** How far what is known of a store is behind what it was heard to have. */
export class ReplicaLag {
  #proved: Revision = 0;
  /** Nothing is known before it is loaded, and while it is loaded anew. */
  #isLost: boolean = true;
  /** On a clock that does not jump; null: it is not behind. */
  #behindSinceMs: number | null = performance.now();

  /** The store has come to this revision, which is ahead of what is known. */
  prove(revision: Revision): void {
    this.#proved = Math.max(this.#proved, revision);
    this.#behindSinceMs ??= performance.now();
  }

  /** What was known is not kept current any more. */
  lose(): void {
    this.#isLost = true;
    this.#behindSinceMs ??= performance.now();
  }

  /** All is known up to this revision. */
  reach(revision: Revision): void {
    this.#isLost = false;
    if (revision >= this.#proved) this.#behindSinceMs = null;
  }

  behind(revision: Revision): Lag {
    if (this.#behindSinceMs === null) return { revisions: 0, seconds: 0 };
    const revisions = this.#isLost ? 0 : this.#proved - revision;
    return { revisions, seconds: (performance.now() - this.#behindSinceMs) / 1000 };
  }
}
