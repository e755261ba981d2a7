import type { Services } from '../context.ts';
import { put, recordKey } from '../resolvers/commit/index.ts';
import { encodeGuestState } from '../store/entities/guest-state.ts';
import { subkeys } from '../store/keys.ts';
import { keyRange } from '../store/range.ts';
import type { Compare, Revision } from '../store/store.ts';
import type { KnownGuest } from './guest-model.ts';
import type { NewGuestState } from './state-comparison.ts';

export interface SeenGuest {
  readonly guest: KnownGuest;
  readonly next: NewGuestState;
}

export interface StateWriteOptions {
  readonly services: Services;
  /** What must hold beside the guests' own keys. */
  readonly guards: readonly Compare[];
  readonly signal: AbortSignal;
}

/** With three compares each, and the guards. */
const guestsPerCommit = 40;

/** Writes the states of guests that are still as they were known, in commits of some. Those that changed meanwhile are for the next round. */
export async function writeStates(options: StateWriteOptions, seen: readonly SeenGuest[]): Promise<void> {
  for (let from = 0; from < seen.length; from += guestsPerCommit) {
    await writeSome(options, seen.slice(from, from + guestsPerCommit));
  }
}

/** Where it is refused, one of them changed: the others are found by halves. */
async function writeSome(options: StateWriteOptions, seen: readonly SeenGuest[]): Promise<void> {
  const { services, guards, signal } = options;
  if (seen.length === 0 || signal.aborted) return;
  const observedAt = services.now().toISOString();
  const { committed } = await services.store.commit({
    compares: [...guards, ...seen.flatMap(isStillKnown)],
    writes: seen.map(({ guest, next }) =>
      put(guest.directory + subkeys.state, encodeGuestState({ ...next, observedAt }), guest.state?.leaseId ?? null),
    ),
  });
  if (committed || seen.length === 1) return;
  const middle = seen.length >> 1;
  await writeSome(options, seen.slice(0, middle));
  await writeSome(options, seen.slice(middle));
}

function isStillKnown({ guest }: SeenGuest): Compare[] {
  const { directory, recordRevision, state, jobs } = guest;
  const is = (key: string, number: Revision): Compare => ({ target: 'modRevision', range: keyRange(key), is: '=', number });
  return [
    is(recordKey(guest), recordRevision),
    is(directory + subkeys.state, state?.modRevision ?? 0),
    is(directory + subkeys.jobs, jobs?.modRevision ?? 0),
  ];
}
