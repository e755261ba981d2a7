import autocannon from 'autocannon';
import { quantile } from './measure.ts';

// Makes load in a process of its own, so that it does not stand in the way of who measures.

/** The requests of a kind of work, told once. */
export interface LoadBodies {
  readonly type: 'bodies';
  readonly work: string;
  readonly bodies: readonly string[];
}

export interface LoadRun {
  readonly type: 'run';
  readonly work: string;
  readonly url: string;
  readonly connections: number;
  /** Requests of all connections together. All are answered when the run ends: nothing is left over for the next run to suffer from. */
  readonly requests: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

/** Of one request. */
const timeoutSeconds = 60;
/** How often the end of a run is looked for. */
const lookMs = 20;

const works = new Map<string, readonly string[]>();
/** How far each server has come in the requests of each work: they come in turn, over all runs. */
const positions = new Map<string, number>();

function run({ work, url, connections, requests }: LoadRun): Promise<LoadResult> {
  const bodies = works.get(work);
  if (bodies === undefined) throw new Error(`Nobody told the requests of ${work}`);
  const place = `${work} ${url}`;
  let position = positions.get(place) ?? 0;
  const times: number[] = [];
  const startedAt = performance.now();
  let endedAt = startedAt;
  const options: autocannon.Options = {
    url,
    connections,
    amount: requests,
    timeout: timeoutSeconds,
    sampleInt: lookMs,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // All connections take from one row: each of its requests is sent once in each round.
    requests: [{ setupRequest: (request) => ({ ...request, body: bodies[position++ % bodies.length] ?? '' }) }],
  };
  return new Promise((resolve, reject) => {
    const instance = autocannon(options, (error, { non2xx, errors, mismatches }) => {
      positions.set(place, position);
      if (error) reject(error);
      resolve({
        perSecond: times.length / ((endedAt - startedAt) / 1000),
        p50Ms: quantile(times, 0.5),
        p99Ms: quantile(times, 0.99),
        failures: non2xx + errors + mismatches,
      });
    });
    instance.on('response', (_client, _status, _bytes, responseTime) => {
      times.push(responseTime);
      endedAt = performance.now();
    });
  });
}

process.once('disconnect', () => process.exit());
process.on('message', (message: LoadBodies | LoadRun) => {
  if (message.type === 'bodies') works.set(message.work, message.bodies);
  else void run(message).then((result) => process.send?.(result));
});
