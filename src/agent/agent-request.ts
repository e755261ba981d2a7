import type { AgentAddress } from './agent-client.ts';

/** A request to an agent. */
export interface AgentRequest {
  readonly agent: AgentAddress;
  readonly method: 'GET' | 'POST';
  /** With its query, encoded. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** Asked right before the first byte is sent. */
  readonly mayBeSent?: (() => boolean) | undefined;
  /** Besides those that a body needs. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an agent answers, whole. */
export interface AgentAnswer {
  readonly status: number;
  /** Of the header X-Guest-Job-ID; null without one. */
  readonly jobId: string | null;
  readonly text: string;
}

/** As messages name it. */
export function agentName({ hypervisorId, origin }: AgentAddress): string {
  return `The agent of the hypervisor ${hypervisorId} at ${origin}`;
}

/** As messages name it, such as `POST /guests`. */
export function requestName({ method, path }: AgentRequest): string {
  return `${method} ${path}`;
}
