import type { Services } from '../context.ts';
import { put, recordKey } from '../resolvers/commit/index.ts';
import { encodeGuestState } from '../store/entities/guest-state.ts';
import { subkeys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import { commitUnchanged, type Part } from './commit-unchanged.ts';
import type { KnownGuest } from './guest-model.ts';
import type { Leadership } from './leader.ts';
import type { NewGuestState } from './state-comparison.ts';

export interface SeenGuest {
  readonly guest: KnownGuest;
  readonly next: NewGuestState;
}

export interface StateWriteOptions {
  readonly services: Services;
  readonly leadership: Leadership;
  /** Where one of these is there, what was seen is not true any more. */
  readonly absent: readonly Key[];
}

/** With three compares each, and those that are made once. */
const guestsPerCommit = 40;

/** Writes the states of guests that are still as they were known, in commits of some. Those that changed meanwhile are for the next round. */
export async function writeStates(options: StateWriteOptions, seen: readonly SeenGuest[]): Promise<void> {
  const { services, leadership, absent } = options;
  for (let from = 0; from < seen.length && !leadership.signal.aborted; from += guestsPerCommit) {
    const observedAt = services.now().toISOString();
    const parts = seen.slice(from, from + guestsPerCommit).map((one) => partOf(one, observedAt));
    const count = await commitUnchanged({ store: services.store, leadership, absent }, parts);
    if (count === null) return;
  }
}

function partOf({ guest, next }: SeenGuest, observedAt: string): Part {
  const { directory, recordRevision, state, jobs } = guest;
  return {
    known: new Map([
      [recordKey(guest), recordRevision],
      [directory + subkeys.state, state?.modRevision ?? 0],
      [directory + subkeys.jobs, jobs?.modRevision ?? 0],
    ]),
    writes: [put(directory + subkeys.state, encodeGuestState({ ...next, observedAt }), state?.leaseId ?? null)],
  };
}
