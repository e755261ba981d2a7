import type { JobAction, SimulatedJob, SimulatedJobLog } from './simulated-job.ts';

export interface WorkOptions {
  readonly log: SimulatedJobLog;
  /** How long a job of this kind takes; 0: it is done before the request that asked for it is answered. */
  readonly delayMs: (action: JobAction) => number;
  /** Asked once for each job, when it starts. */
  readonly isFailing: (action: JobAction) => boolean;
  /** Called where a job fails, instead of its effect. */
  readonly onFailure: (job: SimulatedJob) => void;
}

interface Task {
  readonly job: SimulatedJob;
  readonly effect: () => void;
}

/** Does an agent's jobs: those about one thing one after the other, others beside them. */
export class SimulatedWork {
  readonly #options: WorkOptions;
  readonly #queues = new Map<string, Task[]>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  /** Queues a job about a guest or an image. */
  add(subject: string, task: Task): void {
    const queue = this.#queues.get(subject);
    if (queue !== undefined) {
      queue.push(task);
      return;
    }
    this.#queues.set(subject, [task]);
    this.#start(subject, task);
  }

  /** Forgets all that is not done yet. */
  abandon(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#queues.clear();
  }

  #start(subject: string, task: Task): void {
    const { log, delayMs, isFailing, onFailure } = this.#options;
    const { ID, Action } = task.job;
    log.update(ID, { Status: 'Running' });
    const milliseconds = delayMs(Action);
    if (isFailing(Action)) {
      // The request that asked for it is always answered first.
      this.#later(milliseconds, () => {
        onFailure(task.job);
        this.#next(subject);
      });
      return;
    }
    const finish = () => {
      task.effect();
      log.update(ID, { Status: 'Complete' });
      this.#next(subject);
    };
    if (milliseconds === 0) finish();
    else this.#later(milliseconds, finish);
  }

  #later(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, milliseconds);
    this.#timers.add(timer.unref());
  }

  #next(subject: string): void {
    const queue = this.#queues.get(subject);
    queue?.shift();
    const task = queue?.[0];
    if (task === undefined) this.#queues.delete(subject);
    else this.#start(subject, task);
  }
}
