export const guestActions = ['start', 'shutdown', 'reboot', 'restart', 'poweroff', 'suspend', 'delete'] as const;
export type GuestAction = (typeof guestActions)[number];
export type JobAction = GuestAction | 'create' | 'fetchImage';

/** A job as an agent writes it. */
export interface SimulatedJob {
  readonly ID: string;
  /** `agent` for a job that is about no guest. */
  readonly GuestID: string;
  readonly Action: JobAction;
  readonly QueuedAt: string;
  readonly StartedAt: string;
  readonly UpdatedAt: string;
  readonly Status: 'Queued' | 'Running' | 'Complete' | 'Error';
  readonly Message: string;
}

/** Older ones are forgotten. */
const keptJobCount = 1000;
const notYet = '0001-01-01T00:00:00Z';

export interface JobLogOptions {
  readonly now: () => Date;
  readonly newId: () => string;
}

/** An agent's memory of what it did. It does not outlive the agent. */
export class SimulatedJobLog {
  readonly #options: JobLogOptions;
  /** Oldest first. */
  readonly #jobs = new Map<string, SimulatedJob>();

  constructor(options: JobLogOptions) {
    this.#options = options;
  }

  add(job: Pick<SimulatedJob, 'GuestID' | 'Action'>): SimulatedJob {
    const { now, newId } = this.#options;
    const QueuedAt = now().toISOString();
    const { GuestID, Action } = job;
    const times = { QueuedAt, StartedAt: notYet, UpdatedAt: QueuedAt };
    const added: SimulatedJob = { ID: newId(), GuestID, Action, ...times, Status: 'Queued', Message: '' };
    this.#jobs.set(added.ID, added);
    for (const id of this.#jobs.keys()) {
      if (this.#jobs.size <= keptJobCount) break;
      this.#jobs.delete(id);
    }
    return added;
  }

  /** Does nothing for a job that is forgotten by now. */
  update(id: string, change: Pick<SimulatedJob, 'Status'> & { readonly Message?: string }): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    const UpdatedAt = this.#options.now().toISOString();
    const StartedAt = job.StartedAt === notYet ? UpdatedAt : job.StartedAt;
    this.#jobs.set(id, { ...job, StartedAt, UpdatedAt, ...change });
  }

  get(id: string): SimulatedJob | null {
    return this.#jobs.get(id) ?? null;
  }

  /** Newest first. */
  list(limit = keptJobCount): readonly SimulatedJob[] {
    return [...this.#jobs.values()].reverse().slice(0, limit);
  }

  clear(): void {
    this.#jobs.clear();
  }
}
