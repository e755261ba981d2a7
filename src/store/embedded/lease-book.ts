import type { Key } from '../range.ts';
import type { Change, Lease, LeaseId } from '../store.ts';

export interface HeldLease extends Lease {
  /** On the clock of the book. */
  deadlineMs: number;
  readonly keys: Set<Key>;
}

/** The living leases, until when they live, and which keys hang on them. */
export class LeaseBook {
  readonly #nowMs: () => number;
  readonly #leases = new Map<LeaseId, HeldLease>();

  /** `nowMs` must not jump with the wall clock: a corrected clock may not end a lease early. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id);
  }

  get(id: LeaseId): HeldLease | undefined {
    return this.#leases.get(id);
  }

  add(lease: Lease): HeldLease {
    const held = { ...lease, deadlineMs: this.#nowMs() + lease.ttlSeconds * 1000, keys: new Set<Key>() };
    this.#leases.set(lease.id, held);
    return held;
  }

  remove(id: LeaseId): void {
    this.#leases.delete(id);
  }

  /** Takes back a `remove`. */
  restore(lease: HeldLease): void {
    this.#leases.set(lease.id, lease);
  }

  keepAlive(lease: HeldLease): void {
    lease.deadlineMs = this.#nowMs() + lease.ttlSeconds * 1000;
  }

  secondsLeft(lease: HeldLease): number {
    return Math.max(0, Math.floor((lease.deadlineMs - this.#nowMs()) / 1000));
  }

  /** Binds and unbinds keys as a commit changed them. */
  follow(changes: readonly Change[]): void {
    for (const { key, previous, current } of changes) this.#move(key, previous?.leaseId, current?.leaseId);
  }

  /** Takes back a `follow`. */
  unfollow(changes: readonly Change[]): void {
    for (const { key, previous, current } of changes) this.#move(key, current?.leaseId, previous?.leaseId);
  }

  listExpired(): HeldLease[] {
    const nowMs = this.#nowMs();
    return [...this.#leases.values()].filter((lease) => lease.deadlineMs <= nowMs);
  }

  /** Until the next lease ends, apart from those that have ended already; null when none will. */
  msUntilNextDeadline(): number | null {
    const nowMs = this.#nowMs();
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#leases.values()) if (deadlineMs > nowMs) next = Math.min(next, deadlineMs);
    return next === Number.POSITIVE_INFINITY ? null : next - nowMs;
  }

  #move(key: Key, from: LeaseId | null | undefined, to: LeaseId | null | undefined): void {
    if (from !== null && from !== undefined) this.#leases.get(from)?.keys.delete(key);
    if (to !== null && to !== undefined) this.#leases.get(to)?.keys.add(key);
  }
}
