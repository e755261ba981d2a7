import DataLoader from 'dataloader';
import { type AgentAddress, AgentError, type AgentGuest } from '../agent/index.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { canonicalMACAddress } from '../store/values/mac-address.ts';
import { agentAddressOf } from './agent-address.ts';
import { oncePerOperation } from './operation-memo.ts';

export type { AgentDisk, AgentGuest, AgentNic } from '../agent/index.ts';

type GuestsById = ReadonlyMap<string, AgentGuest>;

/** Of those that one tick asks for. The others wait, while the deadline of all goes on. */
export const agentsAtOnce = 256;

/**
 * What the guest's agent says of it now; null when it does not know the guest, and where there is nobody to ask. In the past too: an event
 * and a query under `@at` are about another time than the agent is.
 */
export async function getAgentGuest(context: Context, { id, hypervisorId }: Guest): Promise<AgentGuest | null> {
  if (context.snapshot.isHistorical) return null;
  const hypervisor = await context.loaders.HYPERVISOR.follow(hypervisorId);
  if (hypervisor === null) return null;
  const guest = (await agentGuests(context).load(hypervisor)).get(id);
  if (guest === undefined) return null;
  // What is no MAC address is not answered as one.
  return { ...guest, nics: guest.nics.map((nic) => ({ ...nic, mac: nic.mac && canonicalMACAddress(nic.mac) })) };
}

/** An agent is asked once in an operation, for all of its guests. */
const agentGuests = oncePerOperation(
  (context) =>
    new DataLoader<Hypervisor, GuestsById, string>((hypervisors) => askAgents(context, hypervisors), {
      cacheKeyFn: ({ id }) => id,
    }),
);

/** An agent that fails costs its own guests alone: its error takes the place of its answer. */
async function askAgents(context: Context, hypervisors: readonly Hypervisor[]): Promise<(GuestsById | Error)[]> {
  const addresses = await Promise.all(hypervisors.map((hypervisor) => outcomeOf(agentAddressOf(context, hypervisor))));
  const late = new AbortController();
  const signal = AbortSignal.any([late.signal, context.signal]);

  async function guestsOf(agent: AgentAddress): Promise<GuestsById> {
    try {
      const guests = await context.agents.listGuests(agent, signal);
      return new Map(guests.map((guest) => [guest.id, guest]));
    } catch (error) {
      throw error === late.signal.reason ? tooLate(context, agent, addresses.length) : error;
    }
  }

  const answers: (GuestsById | Error)[] = [];
  // One iterator for all who ask: each takes the next.
  const left = addresses.entries();
  async function ask(): Promise<void> {
    for (const [index, address] of left) {
      answers[index] = address instanceof Error ? address : await outcomeOf(guestsOf(address));
    }
  }
  const asking = Array.from({ length: Math.min(agentsAtOnce, addresses.length) }, ask);
  // Begun behind the first calls, whose own deadlines come before it: these say what it was that took so long.
  const timer = setTimeout(() => late.abort(), context.agents.timeoutMs);
  await Promise.all(asking).finally(() => clearTimeout(timer));
  return answers;
}

function tooLate({ agents }: Context, agent: AgentAddress, count: number): AgentError {
  const { hypervisorId, origin } = agent;
  const message = `The agent of the hypervisor ${hypervisorId} at ${origin} gave no answer within the ${agents.timeoutMs} ms in which ${count} agents were to be asked`;
  return new AgentError({ agent, message, status: null, mayHaveArrived: true });
}

async function outcomeOf<T>(promise: Promise<T>): Promise<T | Error> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof Error ? error : new Error('What was thrown is no error', { cause: error });
  }
}
