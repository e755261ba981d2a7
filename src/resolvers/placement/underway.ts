import type { Context } from '../../context.ts';
import type { Keys } from '../../store/keys.ts';
import type { Revision } from '../../store/store.ts';
import { isEvasive, type PlacementStrategy } from './strategy.ts';
import { Turns } from './turn.ts';

/** Of so many hypervisors the last commit is remembered. An operation would have to be slower than as many commits to miss one. */
const rememberedCommits = 1000;

/** What the operations of one gateway know of each other. */
class Placements {
  /** By hypervisor, how many are about to place a guest there. */
  readonly announced: Map<string, number> = new Map();
  /** By hypervisor, the revision of the last commit that placed one there. */
  readonly committed: Map<string, Revision> = new Map();
  readonly turns: Turns = new Turns();

  announce(hypervisorId: string, change: 1 | -1): void {
    const count = (this.announced.get(hypervisorId) ?? 0) + change;
    if (count === 0) this.announced.delete(hypervisorId);
    else this.announced.set(hypervisorId, count);
  }

  /**
   * Commits may be heard of in another order than they were made in. The oldest one goes when there are too many: a map has its keys
   * in the order in which they came.
   */
  remember(hypervisorId: string, revision: Revision): void {
    const newest = Math.max(revision, this.committed.get(hypervisorId) ?? 0);
    this.committed.delete(hypervisorId);
    this.committed.set(hypervisorId, newest);
    const [oldest] = this.committed.keys();
    if (this.committed.size > rememberedCommits && oldest !== undefined) this.committed.delete(oldest);
  }
}

/** Each gateway's: its keys live as long as it does. */
const placementsByKeys = new WeakMap<Keys, Placements>();

export interface UnderwayOptions {
  readonly context: Context;
  /** It places nothing: nobody has to look elsewhere or to wait because of it. */
  readonly isDryRun: boolean;
}

export interface PlacementAttempt {
  readonly lostRaces: number;
  /** Null: the hypervisor is given. */
  readonly strategy: PlacementStrategy | null;
}

/**
 * An operation that places a guest, as others of this gateway see it. Two that choose the same hypervisor at the same time are in
 * each other's way, since only one commit can be the first: of sixteen callers who all want the emptiest one, fifteen would have to
 * decide again. So each says where it is about to place its guest, and the others look elsewhere first. Where there are fewer
 * hypervisors than callers, so that there is no elsewhere, those who lost a race take turns. And where elsewhere will not do, with
 * PACK, they take turns from the first. All this only saves work: what holds between gateways, and at all, is what a commit compares.
 */
export class Underway {
  readonly #context: Context;
  readonly #isDryRun: boolean;
  readonly #placements: Placements;
  #announced: string | null = null;
  #endTurn: (() => void) | null = null;

  constructor({ context, isDryRun }: UnderwayOptions) {
    this.#context = context;
    this.#isDryRun = isDryRun;
    this.#placements = placementsByKeys.get(context.keys) ?? new Placements();
    placementsByKeys.set(context.keys, this.#placements);
  }

  /** Before an attempt to place the guest. */
  async begin({ lostRaces, strategy }: PlacementAttempt): Promise<void> {
    const isFree = lostRaces === 0 && (strategy === null || isEvasive(strategy));
    if (isFree || this.#isDryRun || this.#endTurn !== null) return;
    this.#endTurn = await this.#placements.turns.take(this.#context.signal);
    // Others may have committed while it waited.
    this.#context.lookAgain();
  }

  /** It is about to place its guest there, and no longer where it said before. */
  announce(hypervisorId: string | null): void {
    if (this.#isDryRun) return;
    if (this.#announced !== null) this.#placements.announce(this.#announced, -1);
    if (hypervisorId !== null) this.#placements.announce(hypervisorId, 1);
    this.#announced = hypervisorId;
  }

  /**
   * Those on which no other operation is about to place a guest, or has placed one since this one looked at the store, and the rest,
   * each in their order.
   */
  byCalm<T extends { readonly id: string }>(hypervisors: readonly T[]): readonly [calm: T[], busy: T[]] {
    const isCalm = (hypervisor: T) => this.isCalm(hypervisor);
    return [hypervisors.filter(isCalm), hypervisors.filter((hypervisor) => !isCalm(hypervisor))];
  }

  isCalm({ id }: { readonly id: string }): boolean {
    const { announced, committed } = this.#placements;
    const revision = this.#context.snapshot.pinnedRevision ?? 0;
    return (announced.get(id) ?? 0) === (id === this.#announced ? 1 : 0) && (committed.get(id) ?? 0) <= revision;
  }

  /** Null: nothing was placed. */
  end(revision: Revision | null): void {
    if (this.#announced !== null && revision !== null) this.#placements.remember(this.#announced, revision);
    this.announce(null);
    this.#endTurn?.();
  }
}

/** Runs an operation that places a guest. */
export async function placing<T extends { readonly revision: Revision }>(
  options: UnderwayOptions,
  run: (underway: Underway) => Promise<T>,
): Promise<T> {
  const underway = new Underway(options);
  let revision: Revision | null = null;
  try {
    const done = await run(underway);
    revision = done.revision;
    return done;
  } finally {
    underway.end(revision);
  }
}
