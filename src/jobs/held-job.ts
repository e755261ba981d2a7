import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayItself } from '../auth/index.ts';
import { type Context, createContext, type Services } from '../context.ts';
import { hasErrorCode, messageOf } from '../errors.ts';
import { isStill, put, remove } from '../resolvers/commit/index.ts';
import { rewriteRecord } from '../store/codec.ts';
import { decodeNode } from '../store/decode-node.ts';
import type { Changes } from '../store/entities/entity.ts';
import { type Job, type JobRecord, jobFields } from '../store/entities/job.ts';
import { type Key, keyRange } from '../store/range.ts';
import {
  type Compare,
  type KeyValue,
  LeaseNotFoundError,
  OutcomeUnknownError,
  type Revision,
  type Write,
} from '../store/store.ts';
import { ClaimLostError } from './job-error.ts';
import type { KeptLease } from './kept-lease.ts';

export interface HeldJobOptions {
  readonly services: Services;
  readonly lease: KeptLease;
  /** The job's record as the claim left it. */
  readonly record: KeyValue;
  readonly lockKey: Key;
  /** Of the claim: the lock is ours as long as it was created there. */
  readonly lockRevision: Revision;
  readonly directory: Key;
  readonly hypervisorId: string | null;
  /** Aborts when the gateway stops: what takes long is not begun any more. */
  readonly stopping: AbortSignal;
}

/** What a step changes in the store. */
export interface JobChange {
  /** Of the job's record. */
  readonly changes: Changes<JobRecord>;
  readonly compares?: readonly Compare[];
  readonly writes?: readonly Write[];
  /** The job is over, and others may work on its guest. */
  readonly isEnd?: boolean;
}

/** How often a change is decided anew when others change what it rests on. */
const attemptLimit = 100;
const firstPauseMs = 5;
const longestPauseMs = 500;

/**
 * A job that this gateway has claimed. Each of its writes compares the lock and the job's record, so that whoever lost the claim
 * without knowing it, as after a pause of the process, can change nothing any more.
 */
export class HeldJob {
  readonly hypervisorId: string | null;
  readonly lease: KeptLease;
  readonly stopping: AbortSignal;
  /** `guests/<id>/` as stored. */
  readonly directory: Key;
  readonly services: Services;
  readonly #lockKey: Key;
  readonly #lockRevision: Revision;
  #record: KeyValue;
  #job: Job;
  /** A mark behind which this gateway has sent nothing yet. */
  #freshMark: string | null = null;

  constructor(options: HeldJobOptions) {
    this.services = options.services;
    this.lease = options.lease;
    this.stopping = options.stopping;
    this.directory = options.directory;
    this.hypervisorId = options.hypervisorId;
    this.#lockKey = options.lockKey;
    this.#lockRevision = options.lockRevision;
    this.#record = options.record;
    this.#job = this.#decode(options.record);
  }

  /** As its record stands. */
  get job(): Job {
    return this.#job;
  }

  keepFreshMark(mark: string): string {
    this.#freshMark = mark;
    return mark;
  }

  /** Whether nobody can have sent anything behind the mark that the record has. Told once: from then on somebody may have. */
  takeFreshMark(): boolean {
    const isFresh = this.#freshMark !== null && this.#freshMark === this.#job.postedAfter;
    this.#freshMark = null;
    return isFresh;
  }

  /** A new view of the store, for one decision or one call. */
  look(): Context {
    return createContext(this.services, { signal: this.lease.lost, viewer: gatewayItself });
  }

  /** Fails where the claim may be lost. Before each request that makes an agent do something. */
  requireSure(): void {
    if (!this.lease.isSure()) throw new ClaimLostError('The lease of the claim was lost');
  }

  requireGoingOn(): void {
    if (this.stopping.aborted) throw new ClaimLostError('The gateway stops');
    this.requireSure();
  }

  /** Changes the job's record alone. */
  update(changes: Changes<JobRecord>): Promise<void> {
    return this.change(async () => ({ changes }));
  }

  /**
   * Commits what is decided from a new view, and decides again where others were faster. It goes on through an outage of the store
   * for as long as the lease holds.
   */
  async change(decide: (context: Context) => Promise<JobChange>): Promise<void> {
    for (let attempt = 0; attempt < attemptLimit; attempt++) {
      this.requireSure();
      if (attempt > 0) await this.#pause(attempt);
      try {
        if (await this.#tryChange(await decide(this.look()))) return;
      } catch (error) {
        if (this.lease.lost.aborted) throw new ClaimLostError('The lease of the claim was lost', { cause: error });
        if (!isPassing(error)) throw error;
      }
    }
    throw new Error(`Others changed what the end of the job ${this.#job.id} depends on, again and again`);
  }

  /** Gives the claim up, so that another gateway can go on at once. */
  async release(): Promise<void> {
    await this.services.store.commit({ compares: [this.#isHeld()], writes: [remove(this.#lockKey)] }).catch(() => undefined);
  }

  async #tryChange({ changes, compares = [], writes = [], isEnd = false }: JobChange): Promise<boolean> {
    const { store } = this.services;
    const record = this.#record;
    const value = rewriteRecord(record.value, jobFields(changes));
    try {
      const { committed, revision, reads } = await store.commit({
        compares: [this.#isHeld(), isStill(record.key, record), ...compares],
        writes: [put(record.key, value, record.leaseId), ...writes, ...(isEnd ? [remove(this.#lockKey)] : [])],
        onFailure: [keyRange(this.#lockKey), keyRange(record.key)],
      });
      if (committed) this.#take({ ...record, value, modRevision: revision, version: record.version + 1 });
      else this.#accept(reads);
      return committed;
    } catch (error) {
      if (error instanceof OutcomeUnknownError) return await this.#wasApplied(value);
      throw error;
    }
  }

  /**
   * Whether a change whose outcome nobody told was made. Where it was not, it may be applied later still: then the record is another
   * one, and the next change hears of that, since it compares the record that is read here.
   */
  async #wasApplied(value: Buffer): Promise<boolean> {
    const before = this.#record.modRevision;
    for (let attempt = 0; ; attempt++) {
      this.requireSure();
      await this.#pause(attempt);
      try {
        const ranges = [keyRange(this.#lockKey), keyRange(this.#record.key)];
        const { results } = await this.services.store.read({ ranges, signal: this.lease.lost });
        const record = results[1]?.entries[0];
        // The end of a job gives up the lock too: it is the record that tells.
        if (record !== undefined && record.modRevision !== before && record.value.equals(value)) {
          this.#take(record);
          return true;
        }
        this.#accept(results.map(({ entries }) => entries));
        return false;
      } catch (error) {
        if (this.lease.lost.aborted || !isPassing(error)) throw error;
      }
    }
  }

  /** The claim must still hold; what another program did to the record is kept. */
  #accept(reads: readonly (readonly KeyValue[])[]): void {
    const [lock, record] = reads.map((entries) => entries[0]);
    if (lock?.createRevision !== this.#lockRevision || record === undefined) {
      throw new ClaimLostError('Somebody else holds the job, or removed it');
    }
    this.#take(record);
  }

  /** A record that another program broke is let go of: when it is mended, it is a job like any other. */
  #take(record: KeyValue): void {
    try {
      this.#job = this.#decode(record);
    } catch (cause) {
      throw new ClaimLostError(`Somebody changed the job: ${messageOf(cause)}`, { cause });
    }
    this.#record = record;
  }

  #decode(record: KeyValue): Job {
    return decodeNode('JOB', {
      id: record.key.slice(this.services.keys.folder('JOB').length).toLowerCase(),
      directory: record.key,
      record,
    });
  }

  #isHeld(): Compare {
    return { target: 'createRevision', range: keyRange(this.#lockKey), is: '=', number: this.#lockRevision };
  }

  async #pause(attempt: number): Promise<void> {
    const ms = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt);
    await sleep(ms * this.services.random(), undefined, { signal: this.lease.lost }).catch(() => undefined);
  }
}

/** The store may answer the next time. */
function isPassing(error: unknown): boolean {
  return (
    hasErrorCode(error, 'STORE_UNAVAILABLE') ||
    hasErrorCode(error, 'REVISION_COMPACTED') ||
    error instanceof OutcomeUnknownError ||
    error instanceof LeaseNotFoundError
  );
}
