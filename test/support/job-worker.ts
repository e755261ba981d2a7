import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const built = new URL('../../dist/main.js', import.meta.url).pathname;

/** That a gateway takes with a job: a commit or a POST to an agent, before it or after it. */
export interface WorkerStep {
  /** Such as `before commit`. */
  readonly name: string;
  /** Of a commit the id of the job, of a POST that of the hypervisor. */
  readonly about: string;
}

export interface JobWorkerOptions {
  /** Of etcd. */
  readonly url: string;
  /** Jobs that it works on at once. */
  readonly concurrency: number;
  readonly leaseTtlSeconds: number;
  /** The step is taken when it resolves. */
  readonly onStep: (step: WorkerStep) => Promise<void>;
}

/** A gateway that does jobs, as a process of its own; see job-worker.mjs. */
export class JobWorker {
  readonly #process: ChildProcess;

  constructor({ onStep, ...options }: JobWorkerOptions) {
    if (!existsSync(built)) throw new Error('There is no dist/main.js: run "npm run build" first');
    const path = join(import.meta.dirname, 'job-worker.mjs');
    const args = [JSON.stringify({ prefix: 'lochness/', ...options })];
    this.#process = fork(path, args, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (step: WorkerStep & { readonly number: number }) => {
      void onStep(step).then(() => this.#goOn(step.number));
    });
  }

  /** kill -9; resolves when the process is gone, and all that it had sent was received. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }

  /** SIGSTOP: it holds its connections and its lease, and does nothing for them. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  #goOn(number: number): void {
    // One that was killed does not hear it.
    if (this.#process.connected) this.#process.send(number, () => undefined);
  }
}
