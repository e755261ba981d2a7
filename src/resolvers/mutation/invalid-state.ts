import { GatewayError } from '../../errors.ts';
import type { Guest } from '../../store/entities/guest.ts';

/** The guest's state does not allow it; `why` is what its message says. */
export function invalidState({ state }: Pick<Guest, 'state'>, why: string): GatewayError {
  return new GatewayError('INVALID_STATE', why, { details: { state } });
}
