import { encodeRecord, RecordError, readRecord } from '../codec.ts';
import type { KeyValue } from '../store.ts';
import { toUtcDateTime } from '../values/date-time.ts';

export const guestStates = [
  'UNPLACED',
  'PENDING',
  'CREATING',
  'RUNNING',
  'STOPPED',
  'SUSPENDED',
  'DELETING',
  'ERROR',
  'UNKNOWN',
] as const;
export type GuestState = (typeof guestStates)[number];

/** UNPLACED is no state that a record can hold: it follows from the guest's own record. */
export type RecordedGuestState = Exclude<GuestState, 'UNPLACED'>;

const recordedStates: ReadonlyMap<string, RecordedGuestState> = new Map(
  guestStates.filter((state) => state !== 'UNPLACED').map((state) => [state, state]),
);

export interface GuestStateRecord {
  readonly state: RecordedGuestState;
  /** The agent's own word for it; null when it did not come from an agent. */
  readonly reported: string | null;
  /** When this state was first seen, RFC 3339 in UTC. */
  readonly observedAt: string;
  /** With UNKNOWN: what it was when it was last known. */
  readonly before?: RecordedGuestState;
}

export interface ObservedGuestState {
  readonly state: RecordedGuestState;
  /** Null when the record does not say. */
  readonly observedAt: string | null;
  /** With UNKNOWN: what it was when it was last known; null when the record does not say. */
  readonly before: RecordedGuestState | null;
}

const unknown: ObservedGuestState = { state: 'UNKNOWN', observedAt: null, before: null };

/** What a guest's `state` key says. One that is absent or can't be read says nothing, and costs nobody the guest. */
export function decodeGuestState(entry: KeyValue | undefined): ObservedGuestState {
  if (entry === undefined) return unknown;
  try {
    const fields = readRecord(entry.value);
    const state = recordedStates.get(fields.text('state'));
    const before = recordedStates.get(fields.text('before')) ?? null;
    return state === undefined ? unknown : { state, observedAt: toUtcDateTime(fields.text('observed_at')), before };
  } catch (error) {
    if (error instanceof RecordError) return unknown;
    throw error;
  }
}

export function encodeGuestState({ state, reported, observedAt, before }: GuestStateRecord): Buffer {
  return encodeRecord({ state, reported, observed_at: observedAt, before });
}
