import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadBodies, LoadResult, LoadRun } from './load-process.ts';
import type { Work } from './work.ts';

/** Sends requests from a process of its own. */
export interface Load {
  /** Each of so many connections sends its next request when it has the answer to the last one. */
  run(work: Work, load: RunOptions): Promise<LoadResult>;
  /** The same with as many requests as take about a second, after what it takes to find out: the server is warm then. */
  warmUp(work: Work, load: Omit<RunOptions, 'requests'>): Promise<LoadResult>;
  stop(): Promise<void>;
}

export type RunOptions = Pick<LoadRun, 'url' | 'connections' | 'requests'>;

export function openLoad(): Load {
  const child = fork(join(import.meta.dirname, 'load-process.js'));
  const known = new Set<string>();

  async function run({ name, bodies }: Work, options: RunOptions): Promise<LoadResult> {
    if (!known.has(name)) child.send({ type: 'bodies', work: name, bodies } satisfies LoadBodies);
    known.add(name);
    const answered = once(child, 'message');
    child.send({ type: 'run', work: name, ...options } satisfies LoadRun);
    const [result]: LoadResult[] = await answered;
    if (result === undefined || result.failures > 0)
      throw new Error(`${result?.failures} requests of ${name} failed at ${options.url}`);
    return result;
  }

  return {
    run,
    async warmUp(work, options) {
      let result = await run(work, { ...options, requests: options.connections });
      // The first ones say little of a server that compiles what it sees again and again.
      for (const seconds of [0.1, 0.3, 0.6]) {
        const requests = Math.ceil(result.perSecond * seconds);
        if (requests > options.connections) result = await run(work, { ...options, requests });
      }
      return result;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
