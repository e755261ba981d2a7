import type { KeyValue, LeaseId, Revision } from '../store.ts';
import { toUtcDateTime } from '../values/date-time.ts';

/** The key that says a hypervisor is alive by being there. */
export interface Heartbeat {
  /** The text as stored. */
  readonly value: string;
  /** The time that the text names, RFC 3339 in UTC; null when it names none. */
  readonly at: string | null;
  readonly revision: Revision;
  readonly leaseId: LeaseId | null;
}

/** Never fails: whatever the value is, the hypervisor is alive. Bytes that are no UTF-8 become U+FFFD. */
export function decodeHeartbeat(entry: KeyValue): Heartbeat {
  const value = entry.value.toString('utf8');
  return { value, at: toUtcDateTime(value), revision: entry.modRevision, leaseId: entry.leaseId };
}
