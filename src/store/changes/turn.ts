import { setImmediate as nextTurn } from 'node:timers/promises';

/** Then sockets are written to and read from, and timers run. */
const longestMs = 5;

/** A turn of the event loop, which all who tell of commits share: together they take no longer than one of them may. */
export class Turn {
  #began = performance.now();
  #next: Promise<void> | null = null;

  get isOver(): boolean {
    return performance.now() - this.#began > longestMs;
  }

  next(): Promise<void> {
    this.#next ??= nextTurn().then(() => {
      this.#began = performance.now();
      this.#next = null;
    });
    return this.#next;
  }
}
