import type { Load } from './load.ts';
import { quantile } from './measure.ts';
import type { ServedProcess } from './served-process.ts';
import type { Work } from './work.ts';

/** A server with its own requests: those of another cluster have other ids. */
export interface Runner {
  readonly name: string;
  readonly server: ServedProcess;
  readonly work: Work;
}

export interface RaceOptions {
  readonly connections: number;
  /** About how long each run takes; longer where one request of each connection does. */
  readonly seconds: number;
  readonly turns: number;
}

/** Of a server: medians over its runs. */
export interface RaceResult {
  /** Answers, at so many connections. */
  readonly perSecond: number;
  /** At one connection. */
  readonly aloneP50Ms: number;
  /** At so many connections, of the worst run. */
  readonly eventLoopP99Ms: number;
}

const aloneSeconds = 0.3;
const fewestAlone = 3;
const mostAlone = 200;

/** Servers in turns, so that what the machine does beside them hits all alike. The results are in the order of the runners. */
export async function race(load: Load, runners: readonly Runner[], options: RaceOptions): Promise<readonly RaceResult[]> {
  const { connections, seconds, turns } = options;
  const runs: { requests: number; alone: number; perSecond: number[]; aloneP50Ms: number[]; eventLoopP99Ms: number[] }[] = [];
  for (const { server, work } of runners) {
    const { perSecond } = await load.warmUp(work, { url: server.url, connections });
    const requests = Math.max(connections, Math.ceil(perSecond * seconds));
    const alone = Math.min(mostAlone, Math.max(fewestAlone, Math.ceil(perSecond * aloneSeconds)));
    runs.push({ requests, alone, perSecond: [], aloneP50Ms: [], eventLoopP99Ms: [] });
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, { server, work }] of runners.entries()) {
      const run = runs[index];
      if (run === undefined) continue;
      await server.resetProbe();
      run.perSecond.push((await load.run(work, { url: server.url, connections, requests: run.requests })).perSecond);
      run.eventLoopP99Ms.push((await server.readProbe()).eventLoopP99Ms);
      run.aloneP50Ms.push((await load.run(work, { url: server.url, connections: 1, requests: run.alone })).p50Ms);
    }
  }
  return runs.map(({ perSecond, aloneP50Ms, eventLoopP99Ms }) => ({
    perSecond: quantile(perSecond, 0.5),
    aloneP50Ms: quantile(aloneP50Ms, 0.5),
    eventLoopP99Ms: Math.max(...eventLoopP99Ms),
  }));
}
