import { KeptLease, type KeptLeaseOptions } from './kept-lease.ts';

/** How long a lease that nobody uses is kept: an idle gateway asks the store for nothing. */
const idleMs = 30_000;

/** The one lease under which a gateway holds the locks of its jobs: granted for the first one, and given back some time after the last. */
export class SharedLease {
  readonly #options: KeptLeaseOptions;
  #lease: Promise<KeptLease> | null = null;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: KeptLeaseOptions) {
    this.#options = options;
  }

  /** One that lives. */
  async get(): Promise<KeptLease> {
    for (;;) {
      this.#lease ??= KeptLease.grant(this.#options).catch((error: unknown) => {
        this.#lease = null;
        throw error;
      });
      const asked = this.#lease;
      const lease = await asked;
      if (lease.isSure()) return lease;
      if (this.#lease === asked) this.#lease = null;
    }
  }

  enter(): void {
    this.#users++;
    clearTimeout(this.#idle);
  }

  leave(): void {
    if (--this.#users === 0) this.#idle = setTimeout(() => void this.revoke(), idleMs).unref();
  }

  /** All locks under it vanish at once. */
  async revoke(): Promise<void> {
    clearTimeout(this.#idle);
    const lease = this.#lease;
    this.#lease = null;
    await lease?.then((granted) => granted.revoke()).catch(() => undefined);
  }
}
