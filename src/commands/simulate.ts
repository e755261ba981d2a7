import { once } from 'node:events';
import { readSimulateConfig, type SimulateConfig } from '../config/index.ts';
import { createSampleCluster, joinCluster, openSimulation, type Simulation } from '../demo/index.ts';
import { type Logger, openLog } from '../log.ts';
import { openKeys } from '../store/keys.ts';
import { joinStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { Invocation } from './command-line.ts';
import { printResult, type Terminal } from './terminal.ts';
import { untilTerminated } from './termination.ts';

/** Runs the sample's hypervisors against a store, until it is told to end. Their records stay; their heartbeats end with it. */
export async function simulate({ source, terminal }: Invocation): Promise<void> {
  const config = readSimulateConfig(source);
  const log = openLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const store = await joinStore(config.store, { log, prefix: config.prefix, signal });
    try {
      await runSimulation({ config, store, log, terminal, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await store.close();
    }
  });
}

/** Where gateways look for agents unless they are told otherwise. */
const usualAgentPort = 8080;

const heartbeatEveryMs = 5000;

/** A process whose hypervisors are all gone waits for its end all the same. */
const idleMs = 2 ** 30;

interface SimulationRun {
  readonly config: SimulateConfig;
  readonly store: Store;
  readonly log: Logger;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function runSimulation({ config, store, log, terminal, signal }: SimulationRun): Promise<void> {
  const { hypervisorCount, agentPort } = config;
  const keys = openKeys(config.prefix);
  const now = () => new Date();
  const isNew = await createSampleCluster({ store, keys, hypervisorCount, guestCount: 0, now: now(), signal });
  const added = isNew ? hypervisorCount : await joinCluster({ store, keys, hypervisorCount, signal });
  const simulation = await openSimulation({
    ...{ store, keys, log, signal, now, heartbeatEveryMs },
    addressing: { port: agentPort },
    isSimulated: (index) => index < hypervisorCount,
    isWholeCluster: false,
  });
  const idle = setInterval(() => undefined, idleMs);
  try {
    const text = isNew ? 'the prefix was empty: it has a sample cluster now' : `${added} of them were added to the cluster`;
    await printResult(terminal, `${account(simulation)} (${text})\n${advice(simulation)}`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    clearInterval(idle);
    await simulation.heartbeats.end();
    await simulation.close();
  }
}

function account({ agents }: Simulation): string {
  const origins = [...agents.values()].map(({ origin }) => origin);
  const [first, last] = [origins[0], origins.at(-1)];
  const where = first === undefined ? '' : first === last ? ` at ${first}` : ` at ${first} to ${last}`;
  return `simulating ${origins.length} hypervisor${origins.length === 1 ? '' : 's'}${where}`;
}

function advice({ agentPort }: Simulation): string {
  const option = agentPort === usualAgentPort ? '' : ` with --agent-port ${agentPort}`;
  return `start the gateway on this machine${option}; Ctrl+C ends the hypervisors\n`;
}
