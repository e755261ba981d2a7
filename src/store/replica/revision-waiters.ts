import type { Revision } from '../store.ts';

interface Waiter {
  readonly revision: Revision;
  readonly settle: () => void;
}

export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Those who wait until a revision is reached. */
export class RevisionWaiters {
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /** Resolves when `reach` is called with that revision or a newer one, with `release`, when the time is over, or the signal aborts. */
  wait(revision: Revision, { timeoutMs, signal }: Patience): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', settle);
        resolve();
      };
      const waiter = { revision, settle };
      const timer = setTimeout(settle, timeoutMs);
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', settle);
      if (signal?.aborted === true) settle();
    });
  }

  reach(revision: Revision): void {
    for (const waiter of this.#waiters) if (waiter.revision <= revision) waiter.settle();
  }

  release(): void {
    for (const waiter of this.#waiters) waiter.settle();
  }
}
