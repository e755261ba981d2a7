import { isGatewayAction } from '../resolvers/job-action.ts';
import { decodeNode } from '../store/decode-node.ts';
import { nameOf } from '../store/directory.ts';
import type { Job } from '../store/entities/job.ts';
import type { Follower } from '../store/follow.ts';
import type { Keys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import type { KeyValue, Revision, WatchBatch } from '../store/store.ts';

/** A job that is to be done. */
export interface PendingJob {
  /** Of its record, as stored. */
  readonly key: Key;
  readonly lockKey: Key;
  readonly job: Job;
}

const lockSuffix = '.lock';

/** The action of the last job of a guest that ended well. */
interface LastDone {
  readonly createRevision: Revision;
  readonly action: string;
}

/**
 * Which jobs are unfinished, guest by guest, and which of them somebody works on: what lies under `jobs/`, as the store last told.
 * Decisions are made on what is read then and guarded when they are committed; the board only says where to look.
 */
export class JobBoard implements Follower {
  /** Up to where it knows everything; 0 before it knows anything. */
  revision: Revision = 0;
  readonly #keys: Keys;
  /** Is told of each guest whose jobs or locks changed. */
  readonly #onGuest: (guestId: string) => void;
  readonly #pending = new Map<Key, PendingJob>();
  readonly #byGuest = new Map<string, Set<PendingJob>>();
  readonly #locks = new Set<Key>();
  readonly #lastDone = new Map<string, LastDone>();

  constructor(keys: Keys, onGuest: (guestId: string) => void) {
    this.#keys = keys;
    this.#onGuest = onGuest;
  }

  reset(entries: readonly KeyValue[], revision: Revision): void {
    const before = [...this.#byGuest.keys()];
    this.#pending.clear();
    this.#byGuest.clear();
    this.#locks.clear();
    this.#lastDone.clear();
    // In the order in which they were made: of a guest that was deleted nothing is left then.
    for (const entry of [...entries].sort((a, b) => a.createRevision - b.createRevision)) this.#put(entry);
    this.revision = revision;
    for (const guestId of new Set([...before, ...this.#byGuest.keys()])) this.#onGuest(guestId);
  }

  apply({ revision, changes }: WatchBatch): void {
    const guestIds = new Set<string>();
    for (const { key, current } of changes) {
      const before = this.#pendingOf(key);
      if (current === null) this.#remove(key);
      else this.#put(current);
      const after = this.#pendingOf(key);
      for (const pending of [before, after]) if (pending !== undefined) guestIds.add(pending.job.guestId);
    }
    this.revision = revision;
    for (const guestId of guestIds) this.#onGuest(guestId);
  }

  /** The job that is the guest's next one, when nobody works on one of its jobs. */
  nextOf(guestId: string): PendingJob | null {
    const jobs = [...(this.#byGuest.get(guestId) ?? [])];
    if (jobs.some(({ lockKey }) => this.#locks.has(lockKey))) return null;
    return jobs.sort(inTheirOrder)[0] ?? null;
  }

  hasUnfinished(guestId: string): boolean {
    return this.#byGuest.has(guestId);
  }

  /** The action of the guest's newest job that ended well, of those that were there since the board was filled; null when there is none. */
  lastDoneOf(guestId: string): string | null {
    return this.#lastDone.get(guestId)?.action ?? null;
  }

  /** Guests with unfinished jobs. */
  get guestCount(): number {
    return this.#byGuest.size;
  }

  #put(entry: KeyValue): void {
    if (entry.key.endsWith(lockSuffix)) this.#locks.add(entry.key);
    else {
      this.#remove(entry.key);
      const job = this.#decode(entry);
      if (job === null || !isGatewayAction(job.action)) return;
      if (job.status === 'DONE') this.#remember(job);
      if (job.status === 'NEW' || job.status === 'WORKING') this.#add({ key: entry.key, lockKey: entry.key + lockSuffix, job });
    }
  }

  #decode(record: KeyValue): Job | null {
    const id = nameOf('JOB', record.key.slice(this.#keys.folder('JOB').length));
    if (id === null) return null;
    try {
      return decodeNode('JOB', { id, directory: record.key, record });
    } catch {
      // Nobody knows whose it is: brokenRecords names it.
      return null;
    }
  }

  #remember({ guestId, createRevision, action }: Job): void {
    // Of a guest that is gone nobody asks any more.
    if (action === 'delete') this.#lastDone.delete(guestId);
    else if ((this.#lastDone.get(guestId)?.createRevision ?? 0) <= createRevision)
      this.#lastDone.set(guestId, { createRevision, action });
  }

  #add(pending: PendingJob): void {
    const { guestId } = pending.job;
    this.#pending.set(pending.key, pending);
    const jobs = this.#byGuest.get(guestId) ?? new Set();
    this.#byGuest.set(guestId, jobs.add(pending));
  }

  #remove(key: Key): void {
    this.#locks.delete(key);
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#pending.delete(key);
    const { guestId } = pending.job;
    const jobs = this.#byGuest.get(guestId);
    jobs?.delete(pending);
    if (jobs?.size === 0) this.#byGuest.delete(guestId);
  }

  #pendingOf(key: Key): PendingJob | undefined {
    return this.#pending.get(key.endsWith(lockSuffix) ? key.slice(0, -lockSuffix.length) : key);
  }
}

/** One after the other, in the order in which they were made. */
function inTheirOrder({ job: a }: PendingJob, { job: b }: PendingJob): number {
  return a.createRevision - b.createRevision || (a.id < b.id ? -1 : 1);
}
