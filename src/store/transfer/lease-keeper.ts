import { setTimeout as pause } from 'node:timers/promises';
import { type Lease, type LeaseId, LeaseNotFoundError, type Store } from '../store.ts';

/** A lease that is granted when it is first asked for, and kept alive until `stop`. */
export class LeaseKeeper {
  readonly #store: Store;
  readonly #ttlSeconds: number;
  readonly #stopping = new AbortController();
  #lease: Promise<Lease> | null = null;
  #keeping: Promise<void> = Promise.resolve();

  constructor(store: Store, ttlSeconds: number) {
    this.#store = store;
    this.#ttlSeconds = ttlSeconds;
  }

  async leaseId(): Promise<LeaseId> {
    this.#lease ??= this.#grant();
    return (await this.#lease).id;
  }

  /** Starts its whole time once more, and stops. Fails with a LeaseNotFoundError when it ended in between. */
  async finish(): Promise<void> {
    await this.stop();
    if (this.#lease !== null) await this.#store.keepLeaseAlive((await this.#lease).id);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#keeping;
  }

  async #grant(): Promise<Lease> {
    const lease = await this.#store.grantLease(this.#ttlSeconds);
    this.#keeping = this.#keepAlive(lease);
    return lease;
  }

  async #keepAlive({ id, ttlSeconds }: Lease): Promise<void> {
    const { signal } = this.#stopping;
    const everyMs = (ttlSeconds * 1000) / 3;
    while (await pause(everyMs, true, { signal, ref: false }).catch(() => false)) {
      try {
        await this.#store.keepLeaseAlive(id);
      } catch (error) {
        // Writing under it, and `finish`, will say so. Other failures may pass before its time is over.
        if (error instanceof LeaseNotFoundError) return;
      }
    }
  }
}
