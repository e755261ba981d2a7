import { GatewayError } from '../../errors.ts';
import { addressKey } from './origin.ts';
import { RateLimit } from './rate-limit.ts';

/** Wrong credentials of one address: so many at once, and then so many a second. */
const failureBurst = 20;
const failuresPerSecond = 1;

/**
 * Keeps an address that shows many wrong credentials from having more of them looked at that ask the store. What asks nobody is looked at all
 * the same: behind one proxy, all clients have one address.
 */
export class GuessLimit {
  readonly #failures: RateLimit;

  constructor(nowMs: () => number) {
    this.#failures = new RateLimit({ perSecond: failuresPerSecond, burst: failureBurst, nowMs });
  }

  /** To be asked before a credential is looked at. Fails with RATE_LIMITED. */
  requireFew(address: string | undefined, asksNobody: () => boolean): void {
    const retryAfterSeconds = this.#failures.waitSeconds(addressKey(address));
    if (retryAfterSeconds === 0 || asksNobody()) return;
    const message = 'Too many wrong credentials came from this address';
    throw new GatewayError('RATE_LIMITED', message, { details: { retryAfterSeconds } });
  }

  countFailure(address: string | undefined): void {
    this.#failures.take(addressKey(address));
  }
}
