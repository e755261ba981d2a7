import type { Job } from '../store/entities/job.ts';

/** What a user can have done to a guest that is there. */
export const guestActions = ['start', 'shutdown', 'reboot', 'restart', 'poweroff', 'suspend'] as const;
export type GuestAction = (typeof guestActions)[number];

/** What the gateway's jobs do. */
export const gatewayActions = ['fetch', 'create', 'delete', ...guestActions] as const;
export type GatewayAction = (typeof gatewayActions)[number];

export interface GatewayJob extends Job {
  readonly action: GatewayAction;
}

const known: ReadonlySet<string> = new Set(gatewayActions);

/** Another action makes the job another tool's, as "select-hypervisor" does: it is shown, never done here, and nothing waits for it. */
export function isGatewayAction(action: string): action is GatewayAction {
  return known.has(action);
}

export function isGatewayJob(job: Job): job is GatewayJob {
  return isGatewayAction(job.action);
}
