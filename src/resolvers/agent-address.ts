import type { AgentAddress } from '../agent/index.ts';
import type { Context } from '../context.ts';
import { GatewayError } from '../errors.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { subkeys } from '../store/keys.ts';
import { getBelow, textOfValue } from './below.ts';
import { quote } from './quote.ts';

/** The setting of a hypervisor whose agent listens at another port than those of the others. */
export const agentPortKey = `${subkeys.config}agentPort`;

const port = /^[1-9][0-9]{0,4}$/;
const highestPort = 65_535;

export interface AgentPlace {
  readonly hypervisor: Pick<Hypervisor, 'id' | 'ip'>;
  /** What its setting `agentPort` says; null when there is none. */
  readonly configuredPort: string | null;
  /** What counts where there is none. */
  readonly defaultPort: number;
}

/** Where the hypervisor's agent listens. Refuses with AGENT_UNREACHABLE where its record or its setting does not say. */
export async function agentAddressOf(context: Context, hypervisor: Hypervisor): Promise<AgentAddress> {
  const entry = await getBelow(context, hypervisor, agentPortKey);
  const configuredPort = entry === null ? null : textOfValue(entry);
  return agentAddress({ hypervisor, configuredPort, defaultPort: context.agentPort });
}

/** The same for who has read what it follows from. */
export function agentAddress({ hypervisor, configuredPort, defaultPort }: AgentPlace): AgentAddress {
  const { id, ip } = hypervisor;
  if (ip === null) throw unreachable(id, `The hypervisor ${id} has no ip, so its agent can't be reached`);
  const host = ip.includes(':') ? `[${ip}]` : ip;
  return { hypervisorId: id, origin: `http://${host}:${configuredPort === null ? defaultPort : portOf(id, configuredPort)}` };
}

function portOf(hypervisorId: string, text: string): number {
  if (port.test(text) && Number(text) <= highestPort) return Number(text);
  const problem = `its setting agentPort is ${quote(text)}, which is no port from 1 to ${highestPort}`;
  throw unreachable(hypervisorId, `The agent of the hypervisor ${hypervisorId} can't be reached: ${problem}`);
}

function unreachable(hypervisorId: string, message: string): GatewayError {
  return new GatewayError('AGENT_UNREACHABLE', message, { details: { hypervisorId } });
}
