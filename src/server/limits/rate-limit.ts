/** So many are remembered. The one that was not there for the longest is forgotten first, and begins again with a full bucket. */
export const mostBuckets = 10_000;

export interface RateLimitOptions {
  /** 0: no limit. */
  readonly perSecond: number;
  /** What a bucket holds: so many may come at once. */
  readonly burst: number;
  /** Of a clock that never goes back. */
  readonly nowMs: () => number;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Token buckets, one for each who asks. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Takes so many tokens, or none; answers 0, or after how many seconds it is worth to come again. More than fit into a bucket take all of it. */
  take(key: string, count = 1): number {
    const seconds = this.waitSeconds(key, count);
    if (seconds === 0 && this.#options.perSecond > 0) this.#bucketOf(key).tokens -= Math.min(count, this.#options.burst);
    return seconds;
  }

  /** The same, taking none. */
  waitSeconds(key: string, count = 1): number {
    const { perSecond, burst } = this.#options;
    if (perSecond === 0) return 0;
    const missing = Math.min(count, burst) - this.#bucketOf(key).tokens;
    return missing <= 0 ? 0 : Math.ceil(missing / perSecond);
  }

  get size(): number {
    return this.#buckets.size;
  }

  #bucketOf(key: string): Bucket {
    const { perSecond, burst, nowMs } = this.#options;
    const now = nowMs();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledAtMs: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAtMs) * perSecond) / 1000);
    bucket.filledAtMs = now;
    // A map keeps its order: the last one to come is the last one to go.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= mostBuckets) break;
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
