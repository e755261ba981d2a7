import { hypervisorAddress } from './sample-address.ts';
import { openSimulatedAgent, type SimulatedAgent, type SimulatedAgentOptions } from './simulated-agent.ts';

/** The agent of the nth hypervisor of the sample. */
export interface AgentOpening {
  readonly index: number;
  readonly options: SimulatedAgentOptions;
}

export interface OpenedAgents {
  /** By the index of the hypervisor. */
  readonly agents: ReadonlyMap<number, SimulatedAgent>;
  /** That all listen on, each at its own address; null where they share one address, and each has a port of its own. */
  readonly port: number | null;
}

export interface AgentAddressing {
  /** That is wanted; another one is found for all where any of them can't have it. */
  readonly port: number;
  /** Of the nth hypervisor. */
  readonly hostOf?: (index: number) => string;
}

/** Where a system has but one loopback address. */
const sharedHost = '127.0.0.1';

/** A free port that the first agent is given may be taken at the address of another one. */
const portAttempts = 20;

/** With the index of its hypervisor. */
type IndexedAgent = readonly [index: number, agent: SimulatedAgent];

/** Opens all agents, or none. */
export async function openAgents(
  openings: readonly AgentOpening[],
  { port: wanted, hostOf = hypervisorAddress }: AgentAddressing,
): Promise<OpenedAgents> {
  let port = wanted;
  for (let attempt = 0; ; attempt++) {
    try {
      const agents = await openAll(openings, { port, hostOf });
      return { agents: new Map(agents), port: agents[0]?.[1].port ?? wanted };
    } catch (error) {
      if (codeOf(error) === 'EADDRNOTAVAIL') break;
      if (codeOf(error) !== 'EADDRINUSE' || attempt === portAttempts) throw error;
      port = 0;
    }
  }
  const agents = await allOrNone(openings.map((opening) => openOne(opening, { host: sharedHost, port: 0 })));
  return { agents: new Map(agents), port: null };
}

/** All on the same port; 0: one that the first of them finds free. */
async function openAll(openings: readonly AgentOpening[], { port, hostOf }: Required<AgentAddressing>) {
  const [first, ...others] = openings;
  if (first === undefined) return [];
  const opened = await openOne(first, { host: hostOf(first.index), port });
  const agent = opened[1];
  try {
    const rest = others.map((opening) => openOne(opening, { host: hostOf(opening.index), port: agent.port }));
    return [opened, ...(await allOrNone(rest))];
  } catch (error) {
    await agent.close();
    throw error;
  }
}

async function openOne({ index, options }: AgentOpening, place: { host: string; port: number }): Promise<IndexedAgent> {
  return [index, await openSimulatedAgent({ ...options, ...place })];
}

/** Closes those that were opened where one of them was not. */
async function allOrNone(openings: readonly Promise<IndexedAgent>[]): Promise<readonly IndexedAgent[]> {
  const settled = await Promise.allSettled(openings);
  const failed = settled.find((opening) => opening.status === 'rejected');
  const opened = settled.filter((opening) => opening.status === 'fulfilled').map(({ value }) => value);
  if (failed === undefined) return opened;
  await Promise.all(opened.map(([, agent]) => agent.close()));
  throw failed.reason;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
