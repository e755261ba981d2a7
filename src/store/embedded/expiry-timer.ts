/** setTimeout fires at once when asked for more than 2^31 - 1 ms; a later deadline is looked at again on the way. */
const longestWaitMs = 24 * 60 * 60 * 1000;

/** One timer for the earliest of many deadlines. It never keeps the process alive. */
export class ExpiryTimer {
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | null = null;
  #dueAtMs = Number.POSITIVE_INFINITY;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Fires after `waitMs` at the latest; an earlier appointment stands. It may fire too early: the caller looks and asks again. */
  fireWithin(waitMs: number): void {
    const boundedMs = Math.min(waitMs, longestWaitMs);
    const dueAtMs = performance.now() + boundedMs;
    if (dueAtMs >= this.#dueAtMs) return;
    this.stop();
    this.#dueAtMs = dueAtMs;
    this.#timer = setTimeout(() => {
      this.#dueAtMs = Number.POSITIVE_INFINITY;
      this.#onDue();
    }, Math.ceil(boundedMs));
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }
}
