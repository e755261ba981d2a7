/** So many may wait. Whoever comes then does not wait: to be in each other's way is better than to wait for ever. */
export const longestQueue = 1000;

/** One at a time, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #count: number = 0;

  /** Resolves when it is the caller's turn, with what ends it. Fails when the signal aborts first. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#count > longestQueue) return () => undefined;
    const before = this.#last;
    const turn = this.#add();
    try {
      await settledOrAborted(before, signal);
      return turn.end;
    } catch (error) {
      // Those behind wait for this turn to end: it ends when it would have begun.
      void before.then(turn.end);
      throw error;
    }
  }

  #add(): { readonly end: () => void } {
    let resolveTurn: () => void = () => undefined;
    this.#last = new Promise((resolve) => {
      resolveTurn = resolve;
    });
    this.#count++;
    let isOver = false;
    const end = () => {
      if (!isOver) this.#count--;
      isOver = true;
      resolveTurn();
    };
    return { end };
  }
}

/** The promise is one that never rejects. */
function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
