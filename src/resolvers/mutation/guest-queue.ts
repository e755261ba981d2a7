import type { Guest, GuestState } from '../../store/entities/guest.ts';
import type { GatewayJob } from '../job-action.ts';
import { type AskedAction, guestStateAfter, whyNot } from './guest-action-rule.ts';
import { invalidState } from './invalid-state.ts';
import { isUnfinished, type StoredJob } from './unfinished-job.ts';

/** What a guest will be when its unfinished jobs are done: what one more job of it is judged against. */
export interface QueuedState {
  readonly guest: Guest;
  readonly state: GuestState;
  /** The job that makes it so; null when it is so now. */
  readonly because: GatewayJob | null;
}

/** `jobs` are the guest's, in the order in which they are done. */
export function queuedState(guest: Guest, jobs: readonly StoredJob[]): QueuedState {
  let state = guest.state;
  let because: GatewayJob | null = null;
  for (const { job } of jobs.filter(isUnfinished)) {
    const next = guestStateAfter(state, [job.action]);
    if (next !== state) because = job;
    state = next;
  }
  return { guest, state, because };
}

/** Fails with INVALID_STATE where the action makes no sense then. `what` is what is refused, as the message calls it. */
export function requireAllowed({ guest, state, because }: QueuedState, action: AskedAction, what: string): void {
  const why = whyNot(state, action);
  if (why === null) return;
  const which = because === null ? `is ${state}` : `counts as ${state} since its job ${nameOf(because)} comes first`;
  throw invalidState({ state }, `${what} is refused for the guest ${guest.id}, which ${which}: ${why}`);
}

/** A job as messages call it. */
export function nameOf({ id, action }: GatewayJob): string {
  return `${id} (${action})`;
}
