export type { AgentAddress, AgentClient, AgentImage, Sending } from './agent-client.ts';
export { AgentError } from './agent-error.ts';
export type { AgentDisk, AgentGuest, AgentNic } from './agent-guest.ts';
export type { AgentJob } from './agent-job.ts';
export type { NewAgentGuest } from './new-agent-guest.ts';
export { openAgentClient } from './open-agent-client.ts';
export { type ReportedGuestState, reportedGuestState } from './reported-state.ts';
