import type { Logger } from '../../log.ts';

/** Between two lines of those that sum up, and how long those count that are told one by one. */
const sumUpEveryMs = 60_000;

export interface RefusalLogOptions {
  readonly log: Logger;
  readonly level: 'info' | 'warn';
  /** So many in a minute are told as they are. */
  readonly oneByOne: number;
  /** Of the line about all others. */
  readonly summary: string;
}

export interface LoggedRefusal {
  readonly message: string;
  /** What the summary counts it as, where there are several things. */
  readonly code?: string;
  /** What else its own line says. */
  readonly fields: object;
}

/**
 * The log of what anybody can have refused, as often as he likes: it does not fill up. The first ones are told as they come; those after
 * them are counted, and the count is told when the minute is over that began with the first one.
 */
export class RefusalLog {
  readonly #options: RefusalLogOptions;
  readonly #codes = new Map<string, number>();
  #told = 0;
  #untold = 0;
  #minute: NodeJS.Timeout | null = null;

  constructor(options: RefusalLogOptions) {
    this.#options = options;
  }

  tell({ message, code, fields }: LoggedRefusal): void {
    const { log, level, oneByOne } = this.#options;
    // Nothing waits for it: a process may end before.
    this.#minute ??= setTimeout(() => this.sumUp(), sumUpEveryMs).unref();
    if (this.#told < oneByOne) {
      this.#told++;
      log[level](fields, message);
      return;
    }
    this.#untold++;
    if (code !== undefined) this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
  }

  /** Ends the minute now, as whoever goes away must. */
  sumUp(): void {
    const { log, level, summary } = this.#options;
    const codes = this.#codes.size === 0 ? {} : { codes: Object.fromEntries(this.#codes) };
    if (this.#untold > 0) log[level]({ refused: this.#untold, ...codes }, summary);
    if (this.#minute !== null) clearTimeout(this.#minute);
    this.#minute = null;
    this.#told = 0;
    this.#untold = 0;
    this.#codes.clear();
  }
}

/** Callers in one minute. */
const callersOneByOne = 50;

/** Of those who are refused before anything is done for them, however they come. */
export function openCallerRefusalLog(log: Logger): RefusalLog {
  return new RefusalLog({ log, level: 'info', oneByOne: callersOneByOne, summary: 'more were refused in the last minute' });
}
