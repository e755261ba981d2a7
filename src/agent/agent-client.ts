import type { AgentGuest } from './agent-guest.ts';
import type { AgentJob } from './agent-job.ts';
import type { NewAgentGuest } from './new-agent-guest.ts';

/** Where a hypervisor's agent listens. */
export interface AgentAddress {
  readonly hypervisorId: string;
  /** Such as `http://10.0.0.5:8080`, or `http://[2001:db8::5]:8080`. */
  readonly origin: string;
}

/** What a guest can be told to do. `shutdown` and `reboot` ask its operating system, `restart` and `poweroff` do not. */
export const agentActions = ['start', 'shutdown', 'reboot', 'restart', 'poweroff', 'suspend', 'delete'] as const;
export type AgentAction = (typeof agentActions)[number];

export interface AgentImage {
  readonly imageId: string;
  /** The guest's, such as `kvm`. */
  readonly type: string;
}

/** How long a request that makes an agent do something may be sent. */
export interface Sending {
  readonly signal?: AbortSignal | undefined;
  /** Asked right before the first byte is sent. Where the process was paused, a signal that goes by a clock aborts behind that. */
  readonly mayBeSent?: (() => boolean) | undefined;
}

export type AgentMetric = 'cpu' | 'disk' | 'nic';

/**
 * The HTTP interface of all agents. Each call is made once: none is ever repeated here. It fails with an AgentError (see
 * agent-error.ts), or with the signal's reason when that aborts, and takes no longer than the client's timeout, the wait for one of
 * the agent's few connections included. A request whose signal aborts may have arrived all the same.
 */
export interface AgentClient {
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** All guests that the agent knows, in no order. */
  listGuests(agent: AgentAddress, signal?: AbortSignal): Promise<readonly AgentGuest[]>;
  /** Null when the agent does not know it. */
  getGuest(agent: AgentAddress, guestId: string, signal?: AbortSignal): Promise<AgentGuest | null>;
  /** Answers the agent's id of the job that does it. An agent that has a guest of that id overwrites it. */
  createGuest(agent: AgentAddress, guest: NewAgentGuest, sending?: Sending): Promise<string>;
  /** Answers the agent's id of the job that does it. */
  startAction(agent: AgentAddress, guestId: string, action: AgentAction, sending?: Sending): Promise<string>;
  /** Answers the agent's id of the job that does it. */
  fetchImage(agent: AgentAddress, image: AgentImage, sending?: Sending): Promise<string>;
  /** The agent's own word for how far it is with an image, such as `complete`; null when it does not know it, or can't say. */
  getImageStatus(agent: AgentAddress, imageId: string, signal?: AbortSignal): Promise<string | null>;
  /** Null when the agent does not know it, or no longer. */
  getJob(agent: AgentAddress, jobId: string, signal?: AbortSignal): Promise<AgentJob | null>;
  /**
   * The newest ones of a guest, newest first; none where the agent does not know it. Some agents answer those of all guests: it is for
   * the caller to tell them apart.
   */
  listJobs(agent: AgentAddress, guestId: string, limit: number, signal?: AbortSignal): Promise<readonly AgentJob[]>;
  /** As the agent answers it, with bigints where an integer is beyond 2^53. */
  getMetrics(agent: AgentAddress, guestId: string, metric: AgentMetric, signal?: AbortSignal): Promise<unknown>;
  /** The hypervisor's own metadata. */
  getMetadata(agent: AgentAddress, signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Ends all connections. Calls under way fail. */
  close(): Promise<void>;
}
