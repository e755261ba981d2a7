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
    return {
      take: async () => {
        if (isTaken) return;
        if (this.#free > 0) this.#free--;
        else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
        isTaken = true;
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

/** At most so many for each of many, such as jobs at one agent. */
export class PlacesByKey {
  readonly #limit: number;
  readonly #taken = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  hasFree(key: string): boolean {
    return (this.#taken.get(key) ?? 0) < this.#limit;
  }

  /** False when all are taken. */
  take(key: string): boolean {
    if (!this.hasFree(key)) return false;
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    return true;
  }

  free(key: string): void {
    const taken = this.#taken.get(key) ?? 0;
    if (taken <= 1) this.#taken.delete(key);
    else this.#taken.set(key, taken - 1);
  }
}
