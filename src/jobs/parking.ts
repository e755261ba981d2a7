/** Guests whose next job waits for a place at the agent of their hypervisor, in the order in which they came. */
export class Parking {
  readonly #parked = new Map<string, Set<string>>();
  readonly #all = new Set<string>();
  /** Of those that were let go: from where. */
  readonly #cameFrom = new Map<string, string>();

  get size(): number {
    return this.#all.size;
  }

  holds(guestId: string): boolean {
    return this.#all.has(guestId);
  }

  park(guestId: string, hypervisorId: string): void {
    this.#cameFrom.delete(guestId);
    this.#all.add(guestId);
    const parked = this.#parked.get(hypervisorId) ?? new Set();
    this.#parked.set(hypervisorId, parked.add(guestId));
  }

  /** Lets the first one go that has still something to do, and answers it; null when there is none. */
  unpark(hypervisorId: string, hasWork: (guestId: string) => boolean): string | null {
    const parked = this.#parked.get(hypervisorId);
    if (parked === undefined) return null;
    for (const guestId of parked) {
      parked.delete(guestId);
      this.#all.delete(guestId);
      if (!hasWork(guestId)) continue;
      this.#cameFrom.set(guestId, hypervisorId);
      return guestId;
    }
    this.#parked.delete(hypervisorId);
    return null;
  }

  /** Where the guest was let go, told once: when it did not take the place, the next one may. */
  cameFrom(guestId: string): string | null {
    const hypervisorId = this.#cameFrom.get(guestId) ?? null;
    this.#cameFrom.delete(guestId);
    return hypervisorId;
  }
}
