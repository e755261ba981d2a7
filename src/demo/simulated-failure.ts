import type { Random } from './random.ts';
import type { JobAction } from './simulated-job.ts';

export interface FailureOptions {
  /** Of all jobs, from 0 to 1. */
  readonly failureRate?: number;
  /** Of these, every job fails. */
  readonly failingActions?: readonly JobAction[];
  readonly random: Random;
}

/** In how many parts a rate is counted. */
const resolution = 1_000_000;

/** Says which of an agent's jobs fail. */
export class SimulatedFailure {
  readonly #options: FailureOptions;
  #next = 0;

  constructor(options: FailureOptions) {
    this.#options = options;
  }

  /** The next so many jobs that start fail. */
  failNext(count: number): void {
    this.#next = count;
  }

  isFailing(action: JobAction): boolean {
    const { failureRate = 0, failingActions = [], random } = this.#options;
    if (this.#next > 0) {
      this.#next--;
      return true;
    }
    return failingActions.includes(action) || random.below(resolution) < failureRate * resolution;
  }
}
