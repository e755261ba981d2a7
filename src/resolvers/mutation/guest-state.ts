import { encodeGuestState, type RecordedGuestState } from '../../store/entities/guest-state.ts';
import { subkeys } from '../../store/keys.ts';
import type { Key } from '../../store/range.ts';
import type { Write } from '../../store/store.ts';
import { put } from '../commit/index.ts';

/** A state that follows from what the gateway decided, and not from what an agent reported. `directory` is the guest's, as stored. */
export function putState(directory: Key, state: RecordedGuestState, now: Date): Write {
  return put(directory + subkeys.state, encodeGuestState({ state, reported: null, observedAt: now.toISOString() }));
}
