import { setMaxListeners } from 'node:events';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type LeaseId, LeaseNotFoundError, type Store } from '../store/store.ts';

export interface KeptLeaseOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly ttlSeconds: number;
}

/** A lease is renewed this often in its lifetime, so that one renewal that fails does not end it. */
const renewalsPerLife = 4;
/** It is given up for lost this much of its lifetime before others can have it: what is under way must have come to its end. */
const margin = 0.1;

/**
 * A lease that is kept alive until it is revoked or lost. It counts as lost when the store says so, and also when so much time went by
 * since the last renewal that nobody can be sure of it any more: then others may hold what was held under it.
 */
export class KeptLease {
  readonly id: LeaseId;
  readonly #options: KeptLeaseOptions;
  readonly #lost = new AbortController();
  #sureUntilMs: number;
  readonly #timer: NodeJS.Timeout;
  #deadline: NodeJS.Timeout | undefined;
  #isRenewing: boolean = false;

  static async grant(options: KeptLeaseOptions): Promise<KeptLease> {
    // From before the request: the store counts from when it came.
    const askedAtMs = performance.now();
    const { id } = await options.store.grantLease(options.ttlSeconds);
    return new KeptLease(id, askedAtMs, options);
  }

  private constructor(id: LeaseId, askedAtMs: number, options: KeptLeaseOptions) {
    // Much may be done under one lease at once, and Node takes more than ten listeners for a leak.
    setMaxListeners(0, this.#lost.signal);
    this.id = id;
    this.#options = options;
    this.#sureUntilMs = 0;
    this.#extend(askedAtMs);
    this.#timer = setInterval(() => void this.#renew(), (options.ttlSeconds * 1000) / renewalsPerLife).unref();
  }

  /** Aborts when the lease is lost or was revoked. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether it lives for sure, at this moment. A process that was paused learns here that it slept too long. */
  isSure(): boolean {
    if (!this.#lost.signal.aborted && performance.now() >= this.#sureUntilMs) this.#lose('it was not renewed in time');
    return !this.#lost.signal.aborted;
  }

  /** Ends it: its keys vanish in one commit. Where the store does not answer they vanish later. */
  async revoke(): Promise<void> {
    this.#end();
    await this.#options.store.revokeLease(this.id).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    if (!this.isSure() || this.#isRenewing) return;
    const { store, log } = this.#options;
    const askedAtMs = performance.now();
    this.#isRenewing = true;
    try {
      await store.keepLeaseAlive(this.id);
      this.#extend(askedAtMs);
    } catch (error) {
      if (error instanceof LeaseNotFoundError) this.#lose(messageOf(error));
      else log.debug({ reason: messageOf(error) }, 'a lease could not be renewed; it is tried again');
    } finally {
      this.#isRenewing = false;
    }
  }

  #extend(askedAtMs: number): void {
    if (this.#lost.signal.aborted) return;
    this.#sureUntilMs = askedAtMs + this.#options.ttlSeconds * 1000 * (1 - margin);
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.isSure(), this.#sureUntilMs - performance.now() + 1).unref();
  }

  #lose(reason: string): void {
    if (this.#lost.signal.aborted) return;
    this.#options.log.warn({ leaseId: this.id, reason }, 'a lease was lost');
    this.#end();
  }

  #end(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#deadline);
    this.#lost.abort();
  }
}
