import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../context.ts';
import { messageOf } from '../errors.ts';
import type { JobOutcome } from '../observer.ts';
import { FollowedRange } from '../store/follow.ts';
import { folderRange } from '../store/keys.ts';
import type { Revision } from '../store/store.ts';
import type { WorkPlace } from './agent-line.ts';
import { AgentPlaces } from './agent-places.ts';
import { claim } from './claim.ts';
import type { HeldJob } from './held-job.ts';
import { JobBoard, type PendingJob } from './job-board.ts';
import { ClaimLostError } from './job-error.ts';
import { Places } from './places.ts';
import { runTraced } from './run-traced.ts';
import { SharedLease } from './shared-lease.ts';

export interface RunnerOptions {
  readonly services: Services;
  /** Jobs that are worked on at once. Those that wait for an agent that is away do not count. */
  readonly concurrency: number;
  /** How long an agent may be out of reach before a job fails. */
  readonly timeoutMs: number;
  readonly leaseTtlSeconds: number;
}

/** Jobs of this gateway at one agent at once: it has guests to run, and other gateways to answer. */
const jobsPerAgent = 4;
/** Of several gateways that hear of a job at the same time, most are to see that another one has it before they try to claim it. */
const claimSpreadMs = 10;
/** After a claim that failed while the board says that the job is to be done. */
const retryMs = 50;
/** So often in a row the board may be behind before it is filled anew: a key of a guest may be newer than all of its jobs after an import. */
const patience = 20;

export interface RunnerCounts {
  /** Jobs that are claimed, or about to be. */
  readonly working: number;
  /** Guests whose next job waits for a place. */
  readonly waiting: number;
}

/** Does the jobs of all guests, together with the runners of other gateways. */
export class JobRunner {
  readonly board: JobBoard;
  readonly #options: RunnerOptions;
  readonly #gatewayId: string;
  readonly #places: Places;
  readonly #agentPlaces = new AgentPlaces({ limit: jobsPerAgent, letGo: (guestId) => this.#letGo(guestId) });
  readonly #lease: SharedLease;
  readonly #stopping = new AbortController();
  readonly #following: FollowedRange;
  /** Guests whose next job is to be claimed, in the order in which they came. */
  readonly #queue = new Set<string>();
  /** Guests of whom a job is claimed, or about to be. */
  readonly #busy = new Map<string, Promise<void>>();
  /** Next jobs that are another one's or over, though the board has not heard of that yet. */
  readonly #over = new Map<string, PendingJob>();
  #timesBehind = 0;
  /** Of the board when it was last to be filled anew. */
  #refilledAt: Revision | null = null;

  constructor(options: RunnerOptions) {
    const { services, concurrency, leaseTtlSeconds } = options;
    const { store, keys, log, newId } = services;
    this.#options = options;
    // All jobs listen, and Node takes more than ten for a leak.
    setMaxListeners(0, this.#stopping.signal);
    this.#gatewayId = newId();
    this.#places = new Places(concurrency, () => this.#pump());
    this.#lease = new SharedLease({ store, log, ttlSeconds: leaseTtlSeconds });
    this.board = new JobBoard(keys, (guestId) => {
      this.#over.delete(guestId);
      this.#hear(guestId);
    });
    this.#following = new FollowedRange({ store, range: folderRange(keys, 'JOB'), log, follower: this.board });
  }

  get counts(): RunnerCounts {
    return { working: this.#busy.size, waiting: this.#queue.size + this.#agentPlaces.parkedCount };
  }

  /** Claims no more, finishes the step that each job is at, and gives all jobs up: others go on with them at once. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#following.close(), ...this.#busy.values()]);
    await this.#lease.revoke();
  }

  /** Has the board read all jobs anew. While it does so it is not begun again, or it might never come to an end. */
  refillBoard(): void {
    if (this.#refilledAt === this.board.revision) return;
    this.#refilledAt = this.board.revision;
    this.#following.restart();
  }

  #hear(guestId: string): void {
    const pending = this.#nextOf(guestId);
    if (pending === null) {
      this.#queue.delete(guestId);
      this.#agentPlaces.leave(guestId);
      return;
    }
    if (this.#busy.has(guestId) || this.#queue.has(guestId)) return;
    const parkedWith = this.#agentPlaces.parkedWith(guestId);
    if (parkedWith !== null && isSame(parkedWith, pending)) return;
    // With another job the guest may be on another hypervisor.
    if (parkedWith !== null) this.#agentPlaces.leave(guestId);
    this.#queue.add(guestId);
    setTimeout(() => this.#pump(), claimSpreadMs * this.#options.services.random()).unref();
  }

  /** The guest's next job, as far as it is not known to be another one's or over. */
  #nextOf(guestId: string): PendingJob | null {
    const pending = this.board.nextOf(guestId);
    return pending === this.#over.get(guestId) ? null : pending;
  }

  #letGo(guestId: string): boolean {
    if (this.#nextOf(guestId) === null) return false;
    this.#hear(guestId);
    return true;
  }

  #pump(): void {
    for (const guestId of this.#queue) {
      if (!this.#places.hasFree || this.#stopping.signal.aborted) return;
      this.#queue.delete(guestId);
      const pending = this.#nextOf(guestId);
      if (pending === null) {
        this.#agentPlaces.leave(guestId);
        continue;
      }
      const working = this.#work(guestId, pending).finally(() => {
        this.#busy.delete(guestId);
        if (!this.#stopping.signal.aborted) this.#hear(guestId);
      });
      this.#busy.set(guestId, working);
    }
  }

  async #work(guestId: string, pending: PendingJob): Promise<void> {
    const place = this.#places.open();
    // There is one: nobody else took it in this tick.
    await place.take();
    this.#lease.enter();
    try {
      const claimed = await claim({
        services: this.#options.services,
        pending,
        knownRevision: this.board.revision,
        getLease: () => this.#lease.get(),
        takePlace: (hypervisorId) => this.#agentPlaces.take(hypervisorId),
        freePlace: (hypervisorId) => this.#agentPlaces.free(hypervisorId),
        gatewayId: this.#gatewayId,
        stopping: this.#stopping.signal,
      }).finally(() => this.#agentPlaces.leave(guestId));
      const isOver = claimed.outcome === 'held' || claimed.outcome === 'gone';
      if (isOver && this.board.nextOf(guestId) === pending) this.#over.set(guestId, pending);
      if (claimed.outcome === 'held') return await this.#run(claimed.job, place);
      if (claimed.outcome === 'noPlace') return this.#agentPlaces.park(guestId, { hypervisorId: claimed.hypervisorId, pending });
      place.leave();
      if (claimed.outcome === 'behind') this.#noteBehind();
      if (claimed.outcome !== 'gone') await this.#pause();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#options.services.log.warn({ jobId: pending.job.id, reason: messageOf(error) }, 'a job could not be claimed');
      place.leave();
      await this.#pause();
    } finally {
      place.leave();
      this.#lease.leave();
    }
  }

  async #run(job: HeldJob, place: WorkPlace): Promise<void> {
    const { services, timeoutMs } = this.#options;
    const { hypervisorId } = job;
    this.#timesBehind = 0;
    const { action } = job.job;
    const startedAt = performance.now();
    let outcome: JobOutcome = 'givenUp';
    try {
      outcome = await runTraced({ job, place, timeoutMs });
    } catch (error) {
      if (!(error instanceof ClaimLostError)) throw error;
      services.log.info({ jobId: job.job.id, reason: error.message }, 'a job was given up');
      if (job.lease.isSure()) await job.release();
    } finally {
      services.observer.jobs.ended({ action, outcome, seconds: (performance.now() - startedAt) / 1000 });
      if (hypervisorId !== null) this.#agentPlaces.free(hypervisorId);
    }
  }

  #noteBehind(): void {
    if (++this.#timesBehind < patience) return;
    this.#timesBehind = 0;
    this.refillBoard();
  }

  async #pause(): Promise<void> {
    await sleep(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/** The same record as it was: a board that is filled anew has all jobs as other objects. */
function isSame(a: PendingJob, b: PendingJob): boolean {
  return a.key === b.key && a.job.revision === b.job.revision;
}
