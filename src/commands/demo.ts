import { type DemoConfig, readDemoConfig } from '../config/index.ts';
import { createSampleCluster, openHeartbeats } from '../demo/index.ts';
import { type Logger, openLog } from '../log.ts';
import { openKeys } from '../store/keys.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { Invocation } from './command-line.ts';
import { runGateway } from './gateway.ts';
import { openProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { untilTerminated } from './termination.ts';

export async function demo({ source, terminal }: Invocation): Promise<void> {
  const config = readDemoConfig(source);
  const log = openLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const store = await openStore(config.store, { log, prefix: config.prefix });
    try {
      await runSample({ config, store, log, terminal, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await store.close();
    }
  });
}

/** More often than agents do it: so whoever subscribes sees something soon. */
const heartbeatEveryMs = 5000;

interface SampleRun {
  readonly config: DemoConfig;
  readonly store: Store;
  readonly log: Logger;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function runSample({ config, store, log, terminal, signal }: SampleRun): Promise<void> {
  const { hypervisorCount, guestCount } = config;
  const keys = openKeys(config.prefix);
  log.info({ hypervisorCount, guestCount }, 'making the sample cluster');
  const progress = openProgress({ terminal, label: 'Making the sample cluster', total: guestCount });
  const sample = { keys, hypervisorCount, guestCount, now: new Date(), onGuests: progress.update };
  const isNew = await createSampleCluster({ store, ...sample, signal }).finally(progress.end);
  const heartbeats = await openHeartbeats({ store, keys, log, now: () => new Date(), everyMs: heartbeatEveryMs });
  const cluster = isNew ? 'A sample cluster' : 'The cluster that was there already';
  try {
    await runGateway({ config, store, log, terminal, signal, greeting: (url) => greeting(url, cluster) });
  } finally {
    await heartbeats.stop();
  }
}

const firstQuery =
  '{ cluster { hypervisorCount aliveHypervisorCount guestCount } guests(first: 3) { nodes { name state ip hypervisor { name } } } }';

function greeting(url: string, cluster: string): string {
  return `
${cluster} is served on this machine alone, until Ctrl+C.

In a browser: ${url} opens GraphiQL, with sample queries.
In a terminal:

  curl -s '${url}' -H 'content-type: application/json' \\
    -d '{"query":"${firstQuery}"}'

`;
}
