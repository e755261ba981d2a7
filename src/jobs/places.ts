import type { WorkPlace } from './agent-line.ts';

/** Places for so many who work at once; who comes when all are taken waits, in order. */
export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  readonly #onFree: () => void;

  constructor(count: number, onFree: () => void) {
    this.#free = count;
    this.#onFree = onFree;
  }

  get hasFree(): boolean {
    return this.#free > 0;
  }

  /** For one who works. It has no place yet. */
  open(): WorkPlace {
    let isTaken = false;
    // One for all who take at the same time: it is one place, and `leave` gives back one.
    let taking: Promise<void> | null = null;
    const wait = () =>
      new Promise<void>((resolve) => {
        this.#waiting.push(() => {
          isTaken = true;
          taking = null;
          resolve();
        });
      });
    return {
      take: async () => {
        if (isTaken) return;
        if (this.#free > 0) {
          this.#free--;
          isTaken = true;
          return;
        }
        taking ??= wait();
        await taking;
      },
      leave: () => {
        if (!isTaken) return;
        isTaken = false;
        const next = this.#waiting.shift();
        if (next !== undefined) return next();
        this.#free++;
        this.#onFree();
      },
    };
  }
}
