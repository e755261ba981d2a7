import { type DemoConfig, readDemoConfig } from '../config/index.ts';
import { createSampleCluster, isAlive, live, openRandom, openSimulation, requireSampleCluster } from '../demo/index.ts';
import { openKeys } from '../store/keys.ts';
import { type OpenedStore, openStore } from '../store/open.ts';
import type { Invocation } from './command-line.ts';
import { runGateway } from './gateway.ts';
import { type Observation, openObservation } from './observation.ts';
import { openProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { untilTerminated } from './termination.ts';

export async function demo({ source, terminal }: Invocation): Promise<void> {
  const config = readDemoConfig(source);
  const observation = await openObservation({ config });
  const { log, observer } = observation;
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const opened = await openStore(config.store, { log, observer, ...config });
    try {
      await runSample({ config, opened, observation, terminal, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await opened.store.close();
    }
  }).finally(() => observation.close());
}

/** More often than agents do it: so whoever subscribes sees something soon. */
const heartbeatEveryMs = 5000;

interface SampleRun {
  readonly config: DemoConfig;
  readonly opened: OpenedStore;
  readonly observation: Observation;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function runSample({ config, opened, observation, terminal, signal }: SampleRun): Promise<void> {
  const { store } = opened;
  const { log } = observation;
  const { hypervisorCount, guestCount, agentPort, isQuiet } = config;
  const keys = openKeys(config.prefix);
  const now = () => new Date();
  log.info({ hypervisorCount, guestCount }, 'making the sample cluster');
  const progress = openProgress({ terminal, label: 'Making the sample cluster', total: guestCount });
  const sample = { keys, hypervisorCount, guestCount, now: now(), onGuests: progress.update };
  const isNew = await createSampleCluster({ store, ...sample, signal }).finally(progress.end);
  if (!isNew) await requireSampleCluster({ store, keys, signal, place: placeOf(config) });
  const simulation = await openSimulation({
    ...{ store, keys, log, signal, now, heartbeatEveryMs },
    addressing: { port: agentPort },
    isSimulated: isAlive,
    isWholeCluster: true,
  });
  const ending = new AbortController();
  let life = Promise.resolve();
  const greet = (url: string) => {
    // Each demo is another story.
    const random = openRandom(Date.now());
    if (!isQuiet) life = live({ url, simulation, random, log, signal: AbortSignal.any([signal, ending.signal]) });
    return greeting({ url, isNew, isQuiet, movedTo: simulation.agentPort === agentPort ? null : simulation.agentPort });
  };
  try {
    await runGateway({
      ...{ ...opened, observation, terminal, signal, greeting: greet },
      config: { ...config, agentPort: simulation.agentPort },
    });
  } finally {
    ending.abort();
    await life;
    await simulation.close();
  }
}

function placeOf({ store }: DemoConfig): string {
  return store.kind === 'data-dir' ? `The folder ${store.dataDir}` : 'The store';
}

const firstQuery =
  '{ cluster { hypervisorCount aliveHypervisorCount guestCount } guests(first: 3) { nodes { name state ip hypervisor { name } } } }';

interface Greeting {
  readonly url: string;
  readonly isNew: boolean;
  readonly isQuiet: boolean;
  /** The port of the agents where the one that was wanted is taken; null where it is not. */
  readonly movedTo: number | null;
}

function greeting({ url, isNew, isQuiet, movedTo }: Greeting): string {
  const cluster = isNew ? 'A sample cluster' : 'The cluster that was there already';
  const life = isQuiet ? 'Nothing happens in it by itself' : 'Something happens in it every few seconds (--quiet keeps it still)';
  const moved = movedTo === null ? '' : `\nIts agents listen on port ${movedTo}, since the usual one is taken.`;
  return `
${cluster} is served on this machine alone, until Ctrl+C.
${life}.${moved}

In a browser: ${url} opens GraphiQL, with sample queries.
In a terminal:

  curl -s '${url}' -H 'content-type: application/json' \\
    -d '{"query":"${firstQuery}"}'

`;
}
