import { reportedGuestState } from '../agent/index.ts';
import type { GuestStateRecord, ObservedGuestState, RecordedGuestState } from '../store/entities/guest-state.ts';
import { stateAfter } from './end-job.ts';

/**
 * What can be seen of a guest that no job is under way for. `silent`: its hypervisor has no heartbeat. `missing`: the agent does not
 * know it. `reported`: the agent's own word for its state.
 */
export type Sighting = 'silent' | 'missing' | { readonly reported: string | null };

export interface Comparison {
  readonly recorded: ObservedGuestState;
  readonly sighting: Sighting;
  /** The action of the last of its jobs that ended well; null when none is known. */
  readonly lastDone: string | null;
}

export type NewGuestState = Omit<GuestStateRecord, 'observedAt'>;

/** What a guest's record is to say from now on; null when it says that already. */
export function compareState({ recorded, sighting, lastDone }: Comparison): NewGuestState | null {
  if (sighting === 'silent') return recorded.state === 'UNKNOWN' ? null : unknown(recorded, null);
  const seen = sighting === 'missing' ? 'ERROR' : reportedGuestState(sighting.reported);
  const reported = sighting === 'missing' ? null : sighting.reported;
  if (seen === 'UNKNOWN') return recorded.state === 'UNKNOWN' ? null : unknown(recorded, reported);
  // The word of a simple agent for whatever it has.
  const state = seen === 'CREATING' ? settled(recorded, lastDone) : seen;
  return state === recorded.state ? null : { state, reported };
}

function unknown({ state }: ObservedGuestState, reported: string | null): NewGuestState {
  return { state: 'UNKNOWN', reported, before: state };
}

/** What the last finished job made it, or what it was when it was last known. */
function settled({ state, before }: ObservedGuestState, lastDone: string | null): RecordedGuestState {
  if (state !== 'UNKNOWN' && state !== 'CREATING' && state !== 'PENDING') return state;
  const made = lastDone === null ? null : stateAfter({ action: lastDone, isFailed: false, state });
  return (state === 'UNKNOWN' ? before : null) ?? made ?? state;
}
