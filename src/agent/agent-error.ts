import { GatewayError } from '../errors.ts';
import type { AgentAddress } from './agent-client.ts';

export interface AgentErrorOptions {
  readonly agent: AgentAddress;
  readonly message: string;
  /** That the agent answered with; null when it did not answer. */
  readonly status: number | null;
  /** False: it is certain that the request never reached the agent, as when nobody listens there. */
  readonly mayHaveArrived: boolean;
  readonly cause?: unknown;
}

/**
 * A call to an agent that failed. AGENT_UNREACHABLE: it gave no answer, in time or at all. AGENT_ERROR: its answer is an error, or
 * nothing that an agent says.
 */
export class AgentError extends GatewayError {
  /** That the agent answered with; null when it did not answer. */
  readonly status: number | null;
  /** False: it is certain that the request never reached the agent. */
  readonly mayHaveArrived: boolean;

  constructor({ agent, message, status, mayHaveArrived, cause }: AgentErrorOptions) {
    const { hypervisorId } = agent;
    super(status === null ? 'AGENT_UNREACHABLE' : 'AGENT_ERROR', message, {
      details: status === null ? { hypervisorId } : { hypervisorId, status },
      cause,
    });
    this.status = status;
    this.mayHaveArrived = mayHaveArrived;
  }
}
