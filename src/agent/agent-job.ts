/** How far an agent is with a job. UNKNOWN: a word that is not known here. */
export type AgentJobStatus = 'QUEUED' | 'RUNNING' | 'COMPLETE' | 'ERROR' | 'UNKNOWN';

/** Something that an agent does, and tells about afterwards until it is restarted. */
export interface AgentJob {
  readonly id: string;
  /** In lower case where it is a UUID; `agent` for a job that is about no guest, such as fetching an image. */
  readonly guestId: string;
  /** The action as the agent calls it: `create`, one of the agent's actions, or `fetchImage`. */
  readonly action: string;
  readonly status: AgentJobStatus;
  /** With ERROR: why. Empty when the agent does not say. */
  readonly message: string;
  /** By the agent's clock; null when it does not say. */
  readonly queuedAt: Date | null;
}
