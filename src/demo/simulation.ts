import type { Logger } from '../log.ts';
import { directoriesOf } from '../store/directory.ts';
import { folderRange, type Keys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import type { Store } from '../store/store.ts';
import { adoptGuests } from './adopted-guest.ts';
import { type AgentAddress, writeAgentAddress } from './agent-address.ts';
import type { Heartbeats } from './heartbeats.ts';
import { type AgentAddressing, openAgents } from './open-agents.ts';
import { openHeartbeats } from './open-heartbeats.ts';
import { openRandom } from './random.ts';
import { hypervisorAddress } from './sample-address.ts';
import { hypervisorId, sampleIndexes } from './sample-hypervisor.ts';
import type { SimulatedAgent, SimulatedAgentOptions } from './simulated-agent.ts';
import type { JobAction } from './simulated-job.ts';

export interface SimulationOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Where the agents are to listen. */
  readonly addressing: AgentAddressing;
  /** Which of the sample's hypervisors, those that the store has, are to live. All others of the store are left as they are. */
  readonly isSimulated: (index: number) => boolean;
  /** Whether it stands alone for the whole sample: then those that are not simulated have addresses that nobody else can have. */
  readonly isWholeCluster: boolean;
  readonly heartbeatEveryMs: number;
}

/** Hypervisors that are nothing but an agent each, and heartbeats. */
export interface Simulation {
  /** By the hypervisor's id. */
  readonly agents: ReadonlyMap<string, SimulatedAgent>;
  readonly heartbeats: Heartbeats;
  /** Where gateways must look for agents. */
  readonly agentPort: number;
  /** Ends the agents, and beats no more: the heartbeats live on for as long as their lease, unless they were ended before. */
  close(): Promise<void>;
}

interface StoredHypervisor {
  readonly index: number;
  readonly id: string;
  readonly directory: Key;
}

/** How long an agent is away when it breaks down. */
const restartAfterMs = 3000;

/** Enough to look at when something seems odd. */
const requestLimit = 100;

export async function openSimulation(options: SimulationOptions): Promise<Simulation> {
  const { store, keys, signal, addressing, isSimulated, isWholeCluster, heartbeatEveryMs, log, now } = options;
  const all = await sampleHypervisors(options);
  const simulated = all.filter(({ index }) => isSimulated(index));
  const guests = await adoptGuests({ store, keys, signal });
  const openings = simulated.map(({ index, id }) => ({ index, options: agentOptions(index, guests.get(id) ?? []) }));
  const { agents, port } = await openAgents(openings, addressing);
  const closeAgents = async () => {
    await Promise.all([...agents.values()].map((agent) => agent.close()));
  };
  try {
    const addressOf = ({ index }: StoredHypervisor): AgentAddress => {
      const agent = agents.get(index);
      return { host: agent?.host ?? hypervisorAddress(index), port: port === null ? (agent?.port ?? null) : null };
    };
    for (const hypervisor of isWholeCluster ? all : simulated) {
      await writeAgentAddress({ store, directory: hypervisor.directory, address: addressOf(hypervisor), signal });
    }
    const heartbeats = await openHeartbeats({
      ...{ store, keys, log, now, everyMs: heartbeatEveryMs },
      ...(isWholeCluster ? {} : { hypervisorIds: new Set(simulated.map(({ id }) => id)) }),
    });
    return {
      agents: new Map([...agents].map(([index, agent]) => [hypervisorId(index), agent])),
      heartbeats,
      agentPort: port ?? addressing.port,
      async close() {
        await heartbeats.stop();
        await closeAgents();
      },
    };
  } catch (error) {
    await closeAgents();
    throw error;
  }
}

/** In the order of their indexes. */
async function sampleHypervisors({ store, keys, signal }: SimulationOptions): Promise<readonly StoredHypervisor[]> {
  const { results } = await store.read({ ranges: [folderRange(keys, 'HYPERVISOR')], signal });
  const indexes = sampleIndexes();
  const found: StoredHypervisor[] = [];
  for (const { name, path, record } of directoriesOf(keys, 'HYPERVISOR', results[0]?.entries ?? [])) {
    const index = indexes.get(name);
    if (index !== undefined && record !== undefined) found.push({ index, id: name, directory: path });
  }
  return found.sort((a, b) => a.index - b.index);
}

/** An agent that is as quick as makes sense for somebody who watches it. */
function agentOptions(index: number, guests: SimulatedAgentOptions['guests']): SimulatedAgentOptions {
  const random = openRandom(index);
  const delayMs = (action: JobAction) => usualDelayMs[action] ?? 300 + random.below(300);
  return { guests: guests ?? [], random, delayMs, restartAfterMs, requestLimit };
}

const usualDelayMs: Partial<Readonly<Record<JobAction, number>>> = { fetchImage: 400, create: 800 };
