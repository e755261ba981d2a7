import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { chooseEvent, type LifeEvent, type LifeView } from './life-event.ts';
import { LifeGraph } from './life-graph.ts';
import type { Random } from './random.ts';
import type { Simulation } from './simulation.ts';

export interface LifeOptions {
  /** The gateway's. */
  readonly url: string;
  readonly simulation: Pick<Simulation, 'agents' | 'heartbeats'>;
  readonly random: Random;
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
  /** Between two events, on average. */
  readonly everyMs?: number;
}

const usualEveryMs = 3000;

/**
 * Lets something happen in the sample cluster every few seconds, until it is told to end. Whatever does not work is left at that:
 * the cluster is everybody's, and somebody else may have been faster.
 */
export async function live(options: LifeOptions): Promise<void> {
  const { random, log, signal, everyMs = usualEveryMs } = options;
  const life = new Life(options);
  const breath = () => pause(everyMs / 2 + random.below(everyMs), true, { signal, ref: false }).catch(() => false);
  while (await breath()) {
    try {
      await life.step();
    } catch (error) {
      if (!signal.aborted) log.debug({ reason: messageOf(error) }, 'something did not happen in the sample cluster');
    }
  }
}

class Life {
  readonly #options: LifeOptions;
  readonly #graph: LifeGraph;
  readonly #now: () => number;
  #silence: { readonly hypervisorId: string; readonly since: number } | null = null;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#graph = new LifeGraph(options);
    this.#now = options.now ?? performance.now.bind(performance);
  }

  async step(): Promise<void> {
    const { random, log } = this.#options;
    const event = chooseEvent(await this.#view(), random);
    if (event === null) return;
    await this.#happen(event);
    log.debug(event, 'something happened in the sample cluster');
  }

  async #view(): Promise<LifeView> {
    const { agents } = this.#options.simulation;
    const silence = this.#silence;
    const silent = silence === null ? null : { hypervisorId: silence.hypervisorId, forMs: this.#now() - silence.since };
    const { residents, visitors } = await this.#graph.look();
    // Somebody may have added a hypervisor with an agent that is none of ours.
    const own = residents.filter(({ hypervisorId }) => hypervisorId !== null && agents.has(hypervisorId));
    return { residents: own, visitors, hypervisorIds: [...agents.keys()], silent };
  }

  async #happen(event: LifeEvent): Promise<void> {
    const { agents, heartbeats } = this.#options.simulation;
    switch (event.type) {
      case 'create':
        return this.#graph.create();
      case 'delete':
        return this.#graph.delete(event.guestId);
      case 'act':
        return this.#graph.act(event.guestId, event.action);
      case 'die':
        agents.get(event.hypervisorId)?.killGuest(event.guestId, event.state);
        return;
      case 'silence':
        this.#silence = { hypervisorId: event.hypervisorId, since: this.#now() };
        return heartbeats.silence(event.hypervisorId);
      case 'wake':
        await heartbeats.wake(event.hypervisorId);
        this.#silence = null;
        return;
    }
  }
}
