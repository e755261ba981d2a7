import { performance } from 'node:perf_hooks';

const query = '{ guests(first: 20) { totalCount nodes { id name state hypervisorId ip } } }';

/** Reads by one gateway after the other until it is ended, and measures how long each answer takes. */
export class ReadMeter {
  readonly #urls: readonly string[];
  readonly #times: number[] = [];
  readonly #refusals = new Map<string, number>();
  readonly #reading: readonly Promise<void>[];
  #isOver: boolean = false;

  constructor(urls: readonly string[], readers: number) {
    this.#urls = urls;
    this.#reading = Array.from({ length: readers }, (_, index) => this.#read(index));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#reading);
  }

  get count(): number {
    return this.#times.length;
  }

  /** How many were answered with which code. */
  get refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refusals);
  }

  /** In milliseconds, of all that were answered, well or not: so many percent took no longer. */
  percentile(percent: number): number {
    const sorted = this.#times.toSorted((one, other) => one - other);
    return Math.round(sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0);
  }

  async #read(first: number): Promise<void> {
    for (let turn = first; !this.#isOver; turn++) {
      const start = performance.now();
      const response = await fetch(this.#urls[turn % this.#urls.length] ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const answer: { readonly errors?: readonly [{ readonly extensions: { readonly code: string } }] } = await response.json();
      this.#times.push(performance.now() - start);
      const code = answer.errors?.[0].extensions.code;
      if (code !== undefined) this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
    }
  }
}
