import type { Services } from '../context.ts';
import { Leader, type Leadership } from './leader.ts';
import { removeOldJobs } from './old-jobs.ts';
import { JobRunner, type RunnerCounts } from './runner.ts';
import { syncStates } from './state-sync.ts';

export interface JobsOptions {
  readonly services: Services;
  /** Jobs that this gateway works on at once. */
  readonly concurrency: number;
  /** How long an agent may be out of reach before a job fails. */
  readonly timeoutSeconds: number;
  /** How long jobs that ended are kept. */
  readonly keepDays: number;
  /** How often the states of guests are compared with what agents report; 0: never. */
  readonly stateSyncSeconds: number;
  /** After a gateway died, others wait so long before they go on with its jobs. Default: 10. */
  readonly leaseTtlSeconds?: number;
}

export interface RunningJobs {
  /** Gives all up, so that other gateways can go on at once. Each job's step that is under way is finished first. */
  close(): Promise<void>;
}

export interface CountedJobs extends RunningJobs {
  /** How much there is to do, and how much of it is done right now. */
  readonly counts: RunnerCounts;
}

const defaultLeaseTtlSeconds = 10;

/** What a gateway does beside answering: it does jobs, and one of all gateways keeps the states of guests true and the jobs few. */
export function openJobs(options: JobsOptions): CountedJobs {
  const { services, concurrency, timeoutSeconds, leaseTtlSeconds = defaultLeaseTtlSeconds } = options;
  const runner = new JobRunner({ services, concurrency, timeoutMs: timeoutSeconds * 1000, leaseTtlSeconds });
  const leader = new Leader({
    services,
    ttlSeconds: leaseTtlSeconds,
    lead: (leadership) => lead(options, runner, leadership),
  });
  return {
    get counts() {
      return runner.counts;
    },
    async close() {
      await Promise.all([leader.close(), runner.close()]);
    },
  };
}

async function lead(options: JobsOptions, runner: JobRunner, leadership: Leadership): Promise<void> {
  const { services, keepDays, stateSyncSeconds } = options;
  await Promise.all([
    removeOldJobs({ services, keepDays }, leadership),
    stateSyncSeconds === 0
      ? undefined
      : syncStates(
          { services, board: runner.board, refillBoard: () => runner.refillBoard(), everyMs: stateSyncSeconds * 1000 },
          leadership,
        ),
  ]);
}
