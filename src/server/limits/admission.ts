import type { LimitConfig } from '../../config/index.ts';
import { type ClientError, clientError } from '../client-error.ts';
import { GuessLimit } from './guess-limit.ts';
import { type Origin, originKey } from './origin.ts';
import { RateLimit } from './rate-limit.ts';

/**
 * What is done counts as one more request for each full so many units of its cost. A unit takes some 0.2 to 1.3 us of a processor: so what one
 * viewer may ask for in a second takes about a core, whatever he asks for.
 */
export const costPerRequest = 1_000;

export interface Admission {
  /** Counts so many requests of somebody, operations over a WebSocket among them; why they are not let in, or null. */
  refusalOf(origin: Origin, count?: number): ClientError | null;
  /** Counts what something of this cost takes beside its request; why it is not done, or null. */
  refusalOfCost(origin: Origin, cost: number): ClientError | null;
  /** Counts a WebSocket or an event stream of somebody until what it answers is called; or says why there may be no more. */
  openSocket(origin: Origin): (() => void) | ClientError;
  readonly guesses: GuessLimit;
}

export interface AdmissionOptions {
  readonly limits: Pick<LimitConfig, 'requestsPerSecond' | 'requestBurst' | 'sockets'>;
  /** Of a clock that never goes back. */
  readonly nowMs: () => number;
}

/** How much of the gateway one viewer, or one address, may have for itself. */
export function openAdmission({ limits, nowMs }: AdmissionOptions): Admission {
  const { requestsPerSecond, requestBurst, sockets: socketLimit } = limits;
  const requests = new RateLimit({ perSecond: requestsPerSecond, burst: requestBurst, nowMs });
  const sockets = new Map<string, number>();
  const rate = `There may be ${requestsPerSecond} requests a second`;

  return {
    refusalOf(origin, count) {
      const seconds = requests.take(originKey(origin), count);
      return seconds === 0 ? null : rateLimited(`${rate}: nothing was done`, seconds);
    },
    refusalOfCost(origin, cost) {
      // A request, a new document and its operation must fit into a bucket together, or they would never be let in.
      const more = Math.min(Math.floor(cost / costPerRequest), Math.floor(requestBurst / 3));
      const key = originKey(origin);
      if (more === 0 || requests.take(key, more) === 0) return null;
      // Whoever comes again needs a token for the request itself first.
      const seconds = requests.waitSeconds(key, more + 1);
      return rateLimited(`${rate}, and this counts as ${more} more: nothing was done`, seconds);
    },
    openSocket(origin) {
      const key = originKey(origin);
      const count = sockets.get(key) ?? 0;
      if (count >= socketLimit) return rateLimited(`There may be ${socketLimit} WebSockets and event streams at once`, 1);
      sockets.set(key, count + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = (sockets.get(key) ?? 0) - 1;
        if (left > 0) sockets.set(key, left);
        else sockets.delete(key);
      };
    },
    guesses: new GuessLimit(nowMs),
  };
}

function rateLimited(message: string, retryAfterSeconds: number): ClientError {
  const http = { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } };
  return clientError({}, { code: 'RATE_LIMITED', retryAfterSeconds, http }, message);
}
