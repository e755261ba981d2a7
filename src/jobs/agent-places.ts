import type { PendingJob } from './job-board.ts';

export interface AgentPlacesOptions {
  /** Jobs at one agent at once. */
  readonly limit: number;
  /** Has a guest that waited try again; false where it has nothing to do any more. It must `leave` once it has tried, or does not want to. */
  readonly letGo: (guestId: string) => boolean;
}

interface Parked {
  readonly hypervisorId: string;
  readonly pending: PendingJob;
}

interface AgentPlace {
  taken: number;
  /** Guests that were let go and have not tried yet: each is good for one of the places. */
  readonly letGo: Set<string>;
  /** Guests that wait, in the order in which they came. */
  readonly parked: Set<string>;
}

/**
 * Places for jobs at agents, and the guests whose next job waits for one at the agent of their hypervisor. Whatever changes, there is none
 * who waits while a place is free that nobody was let go for: so no turn is lost where the one who had it does not take it.
 */
export class AgentPlaces {
  readonly #options: AgentPlacesOptions;
  readonly #byHypervisor = new Map<string, AgentPlace>();
  readonly #parked = new Map<string, Parked>();
  /** Guests that were let go: from where. */
  readonly #cameFrom = new Map<string, string>();

  constructor(options: AgentPlacesOptions) {
    this.#options = options;
  }

  /** Guests that wait. */
  get parkedCount(): number {
    return this.#parked.size;
  }

  /** False when all are taken. */
  take(hypervisorId: string): boolean {
    const place = this.#placeOf(hypervisorId);
    if (place.taken >= this.#options.limit) return false;
    place.taken++;
    return true;
  }

  free(hypervisorId: string): void {
    const place = this.#placeOf(hypervisorId);
    place.taken = Math.max(0, place.taken - 1);
    this.#fill(hypervisorId);
  }

  /** The guest's next job waits from now on: where a place was freed meanwhile it is let go at once. */
  park(guestId: string, parked: Parked): void {
    this.leave(guestId);
    this.#parked.set(guestId, parked);
    this.#placeOf(parked.hypervisorId).parked.add(guestId);
    this.#fill(parked.hypervisorId);
  }

  /** The job that the guest waits with; null where it does not. */
  parkedWith(guestId: string): PendingJob | null {
    return this.#parked.get(guestId)?.pending ?? null;
  }

  /** The guest does not wait any more, and if it was let go it has tried, or will not: then it is the next one's turn. */
  leave(guestId: string): void {
    const hypervisorId = this.#parked.get(guestId)?.hypervisorId ?? this.#cameFrom.get(guestId);
    if (hypervisorId === undefined) return;
    const place = this.#placeOf(hypervisorId);
    this.#parked.delete(guestId);
    place.parked.delete(guestId);
    this.#cameFrom.delete(guestId);
    place.letGo.delete(guestId);
    this.#fill(hypervisorId);
  }

  #placeOf(hypervisorId: string): AgentPlace {
    const place = this.#byHypervisor.get(hypervisorId) ?? { taken: 0, letGo: new Set(), parked: new Set() };
    this.#byHypervisor.set(hypervisorId, place);
    return place;
  }

  #fill(hypervisorId: string): void {
    const place = this.#placeOf(hypervisorId);
    for (const guestId of place.parked) {
      if (place.taken + place.letGo.size >= this.#options.limit) return;
      place.parked.delete(guestId);
      this.#parked.delete(guestId);
      place.letGo.add(guestId);
      this.#cameFrom.set(guestId, hypervisorId);
      if (this.#options.letGo(guestId)) continue;
      place.letGo.delete(guestId);
      this.#cameFrom.delete(guestId);
    }
    if (place.taken + place.letGo.size + place.parked.size === 0) this.#byHypervisor.delete(hypervisorId);
  }
}
