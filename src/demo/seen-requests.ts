import type { AgentRequest } from './simulated-route.ts';

/** A request that reached an agent. */
export interface SeenRequest extends AgentRequest {
  readonly at: Date;
  /** Whether the agent did what it asks for. */
  readonly isServed: boolean;
}

interface Waiter {
  readonly isIt: (request: SeenRequest) => boolean;
  readonly resolve: (request: SeenRequest) => void;
}

/** The newest requests that an agent saw, oldest first. */
export class SeenRequests {
  readonly #limit: number;
  readonly #requests: (SeenRequest & { isServed: boolean })[] = [];
  readonly #waiters = new Set<Waiter>();

  /** Keeps no more than so many. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get all(): readonly SeenRequest[] {
    return this.#requests;
  }

  add(request: AgentRequest, at: Date): { isServed: boolean } {
    const seen = { ...request, at, isServed: false };
    this.#requests.push(seen);
    if (this.#requests.length > this.#limit) this.#requests.shift();
    for (const waiter of this.#waiters) {
      if (!waiter.isIt(seen)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(seen);
    }
    return seen;
  }

  /** The first such request, once it has come. */
  until(isIt: (request: SeenRequest) => boolean): Promise<SeenRequest> {
    const known = this.#requests.find(isIt);
    return known === undefined ? new Promise((resolve) => this.#waiters.add({ isIt, resolve })) : Promise.resolve(known);
  }

  /** How often a guest was posted to be created. */
  createCount(guestId: string): number {
    return this.#requests.filter(
      ({ method, path, body }) => method === 'POST' && path === '/guests' && body.includes(`"id":"${guestId}"`),
    ).length;
  }
}
