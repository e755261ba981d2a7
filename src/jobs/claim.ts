import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayItself } from '../auth/index.ts';
import { type Context, createContext, type Services } from '../context.ts';
import { hasErrorCode } from '../errors.ts';
import { isAbsent, isStill, isUnchanged, put } from '../resolvers/commit/index.ts';
import { getGuestKeys } from '../resolvers/guest-keys.ts';
import { putState } from '../resolvers/mutation/guest-state.ts';
import { rewriteRecord } from '../store/codec.ts';
import type { Guest } from '../store/entities/guest.ts';
import { jobFields } from '../store/entities/job.ts';
import { subkeys } from '../store/keys.ts';
import { keyRange } from '../store/range.ts';
import { type Compare, type KeyValue, OutcomeUnknownError, type Revision, type Write } from '../store/store.ts';
import { HeldJob } from './held-job.ts';
import type { PendingJob } from './job-board.ts';
import type { KeptLease } from './kept-lease.ts';

export interface ClaimOptions {
  readonly services: Services;
  readonly pending: PendingJob;
  /** Up to where it is known that this is the guest's next job, and that nobody works on another one. */
  readonly knownRevision: Revision;
  readonly getLease: () => Promise<KeptLease>;
  /** Takes a place at the hypervisor's agent; false when all are taken. */
  readonly takePlace: (hypervisorId: string) => boolean;
  readonly freePlace: (hypervisorId: string) => void;
  /** Written into the lock, for people who look. */
  readonly gatewayId: string;
  readonly stopping: AbortSignal;
}

/**
 * `noPlace`: the agent is busy. `behind`: the board does not know the newest of the guest's jobs yet. `refused`: something changed that it
 * rests on. `gone`: it is another one's, or over; the board is about to hear of that.
 */
export type Claim =
  | { readonly outcome: 'held'; readonly job: HeldJob }
  | { readonly outcome: 'noPlace'; readonly hypervisorId: string }
  | { readonly outcome: 'behind' | 'refused' | 'gone' };

/**
 * Takes a job, and begins it in the same commit. It compares what makes it this guest's next job: the guest's `jobs` key, which each commit
 * puts that writes, starts or ends a job of the guest, is one that the board has heard of.
 */
export async function claim(options: ClaimOptions): Promise<Claim> {
  const { services, pending, knownRevision, takePlace, freePlace, stopping } = options;
  const context = createContext(services, { signal: stopping, viewer: gatewayItself });
  const [record, lock, guest] = await Promise.all([
    context.snapshot.get(pending.key),
    context.snapshot.get(pending.lockKey),
    findGuest(context, pending.job.guestId),
  ]);
  if (record?.modRevision !== pending.job.revision || lock !== null) return { outcome: 'gone' };
  if ('reason' in guest) return endUnclaimed(options, record, guest);
  const { state, jobs } = await getGuestKeys(context, guest);
  if (jobs !== null && jobs.modRevision > knownRevision) return { outcome: 'behind' };
  const { hypervisorId } = guest;
  if (hypervisorId !== null && !takePlace(hypervisorId)) return { outcome: 'noPlace', hypervisorId };
  try {
    const held = await commitClaim(options, { guest, record, state, jobs });
    if (held === null && hypervisorId !== null) freePlace(hypervisorId);
    return held === null ? { outcome: 'refused' } : { outcome: 'held', job: held };
  } catch (error) {
    if (hypervisorId !== null) freePlace(hypervisorId);
    throw error;
  }
}

interface Claimed {
  readonly guest: Guest;
  readonly record: KeyValue;
  readonly state: KeyValue | null;
  readonly jobs: KeyValue | null;
}

async function commitClaim(options: ClaimOptions, claimed: Claimed): Promise<HeldJob | null> {
  const { services, pending, getLease, gatewayId } = options;
  const { guest, record, state, jobs } = claimed;
  const { job, lockKey } = pending;
  const lease = await getLease();
  const startedAt = job.startedAt ?? services.now().toISOString();
  const value = rewriteRecord(record.value, jobFields({ startedAt }));
  const jobsKey = guest.directory + subkeys.jobs;
  try {
    const { committed, revision } = await services.store.commit({
      compares: [
        isStill(record.key, record),
        isAbsent(lockKey),
        isUnchanged(guest),
        isStill(jobsKey, jobs),
        isStill(guest.directory + subkeys.state, state),
      ],
      writes: [
        put(lockKey, gatewayId, lease.id),
        put(record.key, value, record.leaseId),
        put(jobsKey, jobs?.value ?? job.id),
        ...stateWrites(options, guest),
      ],
    });
    const written = { ...record, value, modRevision: revision, version: record.version + 1 };
    return committed ? heldJob(options, { guest, lease, record: written, lockRevision: revision }) : null;
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return settle(options, { guest, lease });
    throw error;
  }
}

interface Held {
  readonly guest: Guest;
  readonly lease: KeptLease;
  readonly record: KeyValue;
  readonly lockRevision: Revision;
}

function heldJob({ services, pending, stopping }: ClaimOptions, { guest, ...held }: Held): HeldJob {
  const { directory, hypervisorId } = guest;
  return new HeldJob({ ...held, services, lockKey: pending.lockKey, directory, hypervisorId, stopping });
}

const settlePauseMs = 100;

/**
 * Nobody told what became of the claim. A lock that nobody knows of would keep everybody from the guest for as long as the lease lives: so
 * it is found, or the claim is made impossible, by a put of the record, which the claim compares.
 */
async function settle(options: ClaimOptions, { guest, lease }: Pick<Held, 'guest' | 'lease'>): Promise<HeldJob | null> {
  const { services, pending } = options;
  const { store } = services;
  while (lease.isSure()) {
    try {
      const { results } = await store.read({ ranges: [keyRange(pending.lockKey), keyRange(pending.key)], signal: lease.lost });
      const [lock, record] = results.map(({ entries }) => entries[0]);
      if (record === undefined) return null;
      if (lock !== undefined) {
        return lock.leaseId === lease.id ? heldJob(options, { guest, lease, record, lockRevision: lock.createRevision }) : null;
      }
      const { committed } = await store.commit({
        compares: [isStill(record.key, record), isAbsent(pending.lockKey)],
        writes: [put(record.key, record.value, record.leaseId)],
      });
      if (committed) return null;
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError) && !hasErrorCode(error, 'STORE_UNAVAILABLE')) throw error;
    }
    await sleep(settlePauseMs, undefined, { signal: lease.lost }).catch(() => undefined);
  }
  return null;
}

/** The guest is being created from now on. One that is to be deleted stays so: its creation comes first, and then its end. */
function stateWrites({ services, pending: { job } }: ClaimOptions, { directory, state, hypervisorId }: Guest): Write[] {
  const isCreation = job.action === 'create' || (job.action === 'fetch' && state === 'PENDING');
  if (!isCreation || hypervisorId === null || state === 'CREATING' || state === 'DELETING') return [];
  return [putState(directory, 'CREATING', services.now())];
}

/** Nobody can do anything for a guest that is gone, or whose record can't be read. */
async function endUnclaimed({ services, pending }: ClaimOptions, record: KeyValue, cause: GuestProblem): Promise<Claim> {
  const { store, now } = services;
  const changes = jobFields({ status: 'ERROR', error: cause.reason, finishedAt: now().toISOString() });
  const { committed } = await store.commit({
    compares: [isStill(record.key, record), isAbsent(pending.lockKey), cause.guard],
    writes: [put(record.key, rewriteRecord(record.value, changes), record.leaseId)],
  });
  return { outcome: committed ? 'gone' : 'refused' };
}

interface GuestProblem {
  readonly reason: string;
  /** Holds as long as it is so. */
  readonly guard: Compare;
}

/** The guest, or why there is nothing to be done for it. */
async function findGuest({ loaders, keys }: Context, guestId: string): Promise<Guest | GuestProblem> {
  try {
    const guest = await loaders.GUEST.get(guestId);
    return guest ?? { reason: `There is no guest ${guestId}`, guard: isAbsent(keys.record('GUEST', guestId)) };
  } catch (error) {
    if (!hasErrorCode(error, 'BROKEN_RECORD')) throw error;
    const record = (await loaders.GUEST.locate(guestId))?.record ?? null;
    return { reason: error.message, guard: isStill(record?.key ?? keys.record('GUEST', guestId), record) };
  }
}
