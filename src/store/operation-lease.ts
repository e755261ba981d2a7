import { type LeaseId, LeaseNotFoundError, type Store } from './store.ts';

/** How long the result of an operation is kept at least: whoever repeats it within this time gets the first one's result. */
export const operationKeptSeconds = 3600;

/** A lease takes new keys for so long, and so many: all of them go in one commit when it runs out, which must stay a small one. */
const leaseUseSeconds = 60;
const keysPerLease = 1000;
const ttlSeconds = operationKeptSeconds + leaseUseSeconds + 60;

interface SharedLease {
  readonly id: LeaseId;
  readonly usableUntilMs: number;
  uses: number;
}

/** The lease that the results of operations are kept under, shared by those that end at about the same time. */
export class OperationLeases {
  readonly #store: Store;
  #current: Promise<SharedLease> | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A lease that lives for at least `operationKeptSeconds`. */
  async take(): Promise<LeaseId> {
    for (;;) {
      this.#current ??= this.#grant();
      const current = this.#current;
      const lease = await current;
      if (performance.now() < lease.usableUntilMs && lease.uses < keysPerLease) {
        lease.uses++;
        return lease.id;
      }
      if (this.#current === current) this.#current = null;
    }
  }

  /** The lease turned out to be gone, as when somebody revoked it: no one is given it again. */
  async drop(leaseId: LeaseId): Promise<void> {
    const current = this.#current;
    if (current !== null && (await current).id === leaseId && this.#current === current) this.#current = null;
  }

  #grant(): Promise<SharedLease> {
    // From before the request: the store counts from when it came.
    const usableUntilMs = performance.now() + leaseUseSeconds * 1000;
    const granted = this.#store.grantLease(ttlSeconds).then(({ id }) => ({ id, usableUntilMs, uses: 0 }));
    granted.catch(() => {
      if (this.#current === granted) this.#current = null;
    });
    return granted;
  }
}

/** Does something under a lease of them. Where the lease turns out to be gone, so that nothing was done, another one is taken. */
export async function withOperationLease<T>(leases: OperationLeases, use: (leaseId: LeaseId) => Promise<T>): Promise<T> {
  const leaseId = await leases.take();
  try {
    return await use(leaseId);
  } catch (error) {
    if (!(error instanceof LeaseNotFoundError) || error.leaseId !== leaseId) throw error;
    await leases.drop(leaseId);
    return await use(await leases.take());
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
