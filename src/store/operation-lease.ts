import type { LeaseId, Store } from './store.ts';

/** How long the result of an operation is kept at least: whoever repeats it within this time gets the first one's result. */
export const operationKeptSeconds = 3600;

/** A lease takes new keys for so long, and so many: all of them go in one commit when it runs out, which must stay a small one. */
export const leaseUseSeconds = 60;
export const keysPerLease = 1000;
/** The last part is for the commit that is still under way when its lease is not given to others any more. */
const ttlSeconds = operationKeptSeconds + leaseUseSeconds + 60;

interface SharedLease {
  readonly id: LeaseId;
  readonly usableUntilMs: number;
  uses: number;
}

/** The lease that the results of operations are kept under, shared by those that end at about the same time. */
export class OperationLeases {
  readonly #store: Store;
  /** On a clock that does not jump. */
  readonly #nowMs: () => number;
  #lease: SharedLease | null = null;
  #granting: Promise<void> | null = null;

  constructor(store: Store, nowMs: () => number = () => performance.now()) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** A lease that lives for at least `operationKeptSeconds`. */
  async take(): Promise<LeaseId> {
    for (;;) {
      const lease = this.#lease;
      if (lease !== null && this.#nowMs() < lease.usableUntilMs && lease.uses < keysPerLease) {
        lease.uses++;
        return lease.id;
      }
      this.#granting ??= this.#grant().finally(() => {
        this.#granting = null;
      });
      await this.#granting;
    }
  }

  /** After a commit that found a lease gone, as when somebody revoked it. If it was this one, nobody is given it again. */
  async dropIfGone(leaseId: LeaseId): Promise<void> {
    if ((await this.#store.leaseTimeToLive(leaseId)) === null && this.#lease?.id === leaseId) this.#lease = null;
  }

  async #grant(): Promise<void> {
    // From before the request: the store counts from when it came.
    const usableUntilMs = this.#nowMs() + leaseUseSeconds * 1000;
    const { id } = await this.#store.grantLease(ttlSeconds);
    this.#lease = { id, usableUntilMs, uses: 0 };
  }
}

const byStore = new WeakMap<Store, OperationLeases>();

/** Those of a store: all operations of this process share them. */
export function operationLeases(store: Store): OperationLeases {
  let leases = byStore.get(store);
  if (leases === undefined) {
    leases = new OperationLeases(store);
    byStore.set(store, leases);
  }
  return leases;
}
