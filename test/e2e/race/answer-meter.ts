/** How long the mutations of a race took to be answered, each time that they were sent, and which answers say that the store was away. */
export class AnswerMeter {
  readonly #times: number[] = [];
  /** Answered with STORE_UNAVAILABLE: nothing was changed. */
  unchanged = 0;
  /** Answered with STORE_UNAVAILABLE: nobody knows. */
  unknown = 0;

  add(ms: number): void {
    this.#times.push(ms);
  }

  get count(): number {
    return this.#times.length;
  }

  /** In milliseconds: so many percent took no longer. */
  percentile(percent: number): number {
    const sorted = this.#times.toSorted((one, other) => one - other);
    return Math.round(sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0);
  }

  summary(): string {
    const [half, most, slowest] = [50, 99, 100].map((percent) => this.percentile(percent));
    const times = `p50 ${half} ms, p99 ${most} ms, max ${slowest} ms`;
    return `${this.count} answers to mutations, ${times}, STORE_UNAVAILABLE: ${this.unchanged} unchanged, ${this.unknown} unknown`;
  }
}
