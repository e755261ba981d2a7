import type { AgentRequest } from '../../src/demo/simulated-route.ts';
import { Deferred } from './deferred.ts';
import type { JobWorkerOptions } from './job-worker.ts';
import type { Trial } from './job-worker-trial.ts';

/** The steps that a gateway takes with the job of a trial until it is killed. It is halted at one of them, where it is said at which. */
export class Course {
  readonly trial: Trial;
  readonly #haltAt: number;
  readonly #seen: string[] = [];
  readonly #waiting: { readonly count: number; readonly reached: Deferred }[] = [];
  readonly #over = new Deferred();
  #isCounting: boolean = true;

  /** `haltAt`: 1 for the first step. */
  constructor(trial: Trial, haltAt: number = Number.POSITIVE_INFINITY) {
    this.trial = trial;
    this.#haltAt = haltAt;
    trial.agent.treat(async (request) => {
      await this.takeIn(request);
      return 'SERVE' as const;
    });
  }

  get seen(): readonly string[] {
    return this.#seen;
  }

  /** Resolves when so many steps were reached. */
  async until(count: number): Promise<void> {
    if (this.#seen.length >= count) return;
    const reached = new Deferred();
    this.#waiting.push({ count, reached });
    await reached.promise;
  }

  /** Resolves when the step may be taken. */
  async reach(step: string): Promise<void> {
    if (!this.#isCounting) return;
    this.#seen.push(step);
    for (const { count, reached } of this.#waiting) if (this.#seen.length >= count) reached.resolve();
    if (this.#seen.length < this.#haltAt) return;
    this.#isCounting = false;
    await this.#over.promise;
  }

  /** A request has come to the agent. Resolves when it may be looked at. */
  async takeIn(request: AgentRequest): Promise<void> {
    const call = callOf(request);
    if (call !== null) await this.reach(`inside ${call}`);
  }

  /** The gateway is gone: what others do is not counted, and what it had sent goes on its way. */
  end(): void {
    this.#isCounting = false;
    this.#over.resolve();
  }
}

/** What asks an agent to do something; null for a request that only looks. */
export function callOf({ method, path }: AgentRequest): 'fetchImage' | 'createGuest' | 'startAction' | null {
  if (method !== 'POST') return null;
  if (path === '/guests') return 'createGuest';
  return path === '/images' ? 'fetchImage' : 'startAction';
}

/** Tells each course of its steps. */
export function tellSteps(courses: readonly Course[]): JobWorkerOptions['onStep'] {
  const known = new Map(
    courses.flatMap((course) => [
      [course.trial.jobId, course],
      [course.trial.hypervisorId, course],
    ]),
  );
  return async ({ name, about }) => known.get(about)?.reach(name);
}
