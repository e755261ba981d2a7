import type { AgentLine } from './agent-line.ts';
import type { HeldJob } from './held-job.ts';

/** A job that is worked on, and the line to the agent that does its part of it. */
export interface Work {
  readonly job: HeldJob;
  readonly line: AgentLine;
}
