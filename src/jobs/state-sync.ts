import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError } from '../agent/index.ts';
import type { Services } from '../context.ts';
import { hasErrorCode, messageOf } from '../errors.ts';
import { agentAddress } from '../resolvers/agent-address.ts';
import { decodeGuestState } from '../store/entities/guest-state.ts';
import { FollowedRange } from '../store/follow.ts';
import { folderRange, subkeys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import type { Revision } from '../store/store.ts';
import { GuestModel, type KnownGuest } from './guest-model.ts';
import { HypervisorModel, type KnownHypervisor } from './hypervisor-model.ts';
import type { JobBoard } from './job-board.ts';
import type { Leadership } from './leader.ts';
import { compareState, type Sighting } from './state-comparison.ts';
import { type SeenGuest, writeStates } from './write-states.ts';

export interface StateSyncOptions {
  readonly services: Services;
  readonly board: JobBoard;
  /** Has the board read all jobs anew. */
  readonly refillBoard: () => void;
  readonly everyMs: number;
}

/** Agents that are asked at once. */
const askedAtOnce = 128;
/** An agent that did not answer is left out of so many rounds at most: those that answer do not wait for it. */
const mostRoundsLeftOut = 6;

/** Compares what the records say of the guests' states with what the agents report, as long as this gateway leads. */
export async function syncStates(options: StateSyncOptions, leadership: Leadership): Promise<void> {
  const sync = new StateSync(options, leadership);
  try {
    while (!leadership.signal.aborted) {
      await sleep(options.everyMs, undefined, { signal: leadership.signal, ref: false }).catch(() => undefined);
      if (!leadership.signal.aborted) sync.beginRound();
    }
  } finally {
    await sync.close();
  }
}

class StateSync {
  readonly #options: StateSyncOptions;
  readonly #leadership: Leadership;
  readonly #guests: GuestModel;
  readonly #hypervisors: HypervisorModel;
  readonly #followed: readonly FollowedRange[];
  /** Hypervisors that are to be looked at in this round. */
  readonly #waiting = new Set<string>();
  readonly #asked = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, { readonly count: number; readonly leftOut: number }>();
  /** The newest of the guests' `jobs` keys when the last round began. */
  #jobsKeyRevision: Revision = 0;

  constructor(options: StateSyncOptions, leadership: Leadership) {
    const { store, keys, log } = options.services;
    this.#options = options;
    this.#leadership = leadership;
    this.#guests = new GuestModel(keys);
    this.#hypervisors = new HypervisorModel(keys);
    this.#followed = [
      new FollowedRange({ store, log, range: folderRange(keys, 'GUEST'), follower: this.#guests }),
      new FollowedRange({ store, log, range: folderRange(keys, 'HYPERVISOR'), follower: this.#hypervisors }),
    ];
  }

  /** Looks at each hypervisor that has guests. One that is still being looked at since the last round is not asked twice. */
  beginRound(): void {
    this.#bringUpBoard();
    // Of one that is not known yet nobody knows whether it is silent.
    if (!this.#hypervisors.isFilled) return;
    for (const hypervisorId of this.#guests.hypervisorIds) {
      // Of one that is silent nobody is asked.
      const isLeftOut = this.#hypervisors.get(hypervisorId)?.isAlive === true && this.#isLeftOut(hypervisorId);
      if (!isLeftOut && !this.#asked.has(hypervisorId)) this.#waiting.add(hypervisorId);
    }
    this.#goOn();
  }

  /** A gateway puts a guest's `jobs` key with a job. After an import it may be newer than all jobs, and the board would never come that far. */
  #bringUpBoard(): void {
    if (this.#options.board.revision < this.#jobsKeyRevision) this.#options.refillBoard();
    this.#jobsKeyRevision = this.#guests.newestJobs;
  }

  async close(): Promise<void> {
    this.#waiting.clear();
    await Promise.all([...this.#followed.map((followed) => followed.close()), ...this.#asked.values()]);
  }

  #goOn(): void {
    for (const hypervisorId of this.#waiting) {
      if (this.#asked.size >= askedAtOnce || this.#leadership.signal.aborted) return;
      this.#waiting.delete(hypervisorId);
      const looking = this.#look(hypervisorId).finally(() => {
        this.#asked.delete(hypervisorId);
        this.#goOn();
      });
      this.#asked.set(hypervisorId, looking);
    }
  }

  async #look(hypervisorId: string): Promise<void> {
    const { services, board } = this.#options;
    const leadership = this.#leadership;
    try {
      const hypervisor = this.#hypervisors.get(hypervisorId);
      // As they are before anybody is asked: what a job does meanwhile makes the answer an old one.
      const idle = this.#guests.guestsOn(hypervisorId).filter((guest) => isIdle(guest, board));
      const isAlive = hypervisor?.isAlive === true;
      const sightings = isAlive ? await this.#askAgent(hypervisor) : null;
      const seen = idle.flatMap((guest) => this.#compare(guest, sightings?.get(guest.id) ?? (isAlive ? 'missing' : 'silent')));
      await writeStates({ services, leadership, absent: isAlive ? [] : this.#heartbeatsOf(hypervisorId) }, seen);
      this.#failures.delete(hypervisorId);
    } catch (error) {
      if (leadership.signal.aborted) return;
      const isAgents = error instanceof AgentError || hasErrorCode(error, 'AGENT_UNREACHABLE');
      if (isAgents) this.#noteFailure(hypervisorId);
      services.log[isAgents ? 'debug' : 'warn']({ hypervisorId, reason: messageOf(error) }, 'states could not be compared');
    }
  }

  async #askAgent(known: KnownHypervisor): Promise<ReadonlyMap<string, Sighting>> {
    const { agents, agentPort } = this.#options.services;
    const guests = await agents.listGuests(agentAddress({ ...known, defaultPort: agentPort }), this.#leadership.signal);
    return new Map(guests.map(({ id, state }) => [id, { reported: state }]));
  }

  /** Under each name that its keys may have: other tools write ids in upper case too. */
  #heartbeatsOf(hypervisorId: string): readonly Key[] {
    const { keys } = this.#options.services;
    const directories = [hypervisorId, hypervisorId.toUpperCase()].map((name) => keys.directory('HYPERVISOR', name));
    const known = this.#hypervisors.get(hypervisorId);
    return [...new Set([...directories, ...(known === undefined ? [] : [known.directory])])].map(
      (path) => path + subkeys.heartbeat,
    );
  }

  #compare(guest: KnownGuest, sighting: Sighting): SeenGuest[] {
    const recorded = decodeGuestState(guest.state ?? undefined);
    const next = compareState({ recorded, sighting, lastDone: this.#options.board.lastDoneOf(guest.id) });
    return next === null ? [] : [{ guest, next }];
  }

  #isLeftOut(hypervisorId: string): boolean {
    const failure = this.#failures.get(hypervisorId);
    if (failure === undefined || failure.leftOut >= Math.min(mostRoundsLeftOut, failure.count)) return false;
    this.#failures.set(hypervisorId, { ...failure, leftOut: failure.leftOut + 1 });
    return true;
  }

  #noteFailure(hypervisorId: string): void {
    const count = (this.#failures.get(hypervisorId)?.count ?? 0) + 1;
    this.#failures.set(hypervisorId, { count, leftOut: 0 });
  }
}

/** No job is under way for it, for all that is known. Its state follows its jobs else. */
function isIdle({ id, jobs }: KnownGuest, board: JobBoard): boolean {
  return board.revision > 0 && (jobs?.modRevision ?? 0) <= board.revision && !board.hasUnfinished(id);
}
