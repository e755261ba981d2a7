import { GatewayError } from '../../errors.ts';
import type { GuestState } from '../../store/entities/guest.ts';
import type { JobStatus } from '../../store/entities/job.ts';

/** The state of a guest, or of a job, does not allow it; `why` is what its message says. */
export function invalidState({ state }: { readonly state: GuestState | JobStatus }, why: string): GatewayError {
  return new GatewayError('INVALID_STATE', why, { details: { state } });
}
