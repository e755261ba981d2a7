import type { Context } from '../../context.ts';
import { badUserInput, GatewayError, messageOf } from '../../errors.ts';
import type { Resources } from '../../store/entities/entity.ts';
import { type Hypervisor, hypervisorFields } from '../../store/entities/hypervisor.ts';
import { subkeys } from '../../store/keys.ts';
import { type Lease, type LeaseId, LeaseNotFoundError, type Store, type Write } from '../../store/store.ts';
import { commit, isPresent, isUnchanged, type Mutation, put, recordKey, rewrite } from '../commit/index.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import type { Argument } from './given.ts';
import { isSameResources, resourcesOf } from './resources.ts';

/** How long a hypervisor may be silent before it counts as dead. */
const shortestTtlSeconds = 10;
const longestTtlSeconds = 24 * 3600;

export interface HeartbeatArguments {
  readonly hypervisorId: string;
  readonly ttlSeconds: number;
  readonly resources?: Argument<ReportedResources>;
}

interface ReportedResources {
  readonly total: Resources;
  readonly available: Resources;
}

/**
 * A sign of life under a lease of its own: it vanishes unless the next beat comes in time. It is committed only while the
 * hypervisor's record is there, so that no beat comes back behind a hypervisor that was deleted.
 *
 * A thousand hypervisors beat all day. Their operations' keys, by which the outcome of a commit is found when the connection breaks,
 * would pile up if they stayed for an hour like those of other mutations. Nobody asks for the outcome of a beat that is over: each
 * goes with its beat.
 */
export async function heartbeat(mutation: Mutation, { hypervisorId, ttlSeconds, resources }: HeartbeatArguments) {
  requireTtl(ttlSeconds);
  const lease = new BeatLease(mutation.context, ttlSeconds);
  try {
    const beat = await commit(mutation, async (context) => {
      const id = uuidOf('hypervisorId', hypervisorId);
      const reported = reportedOf(resources);
      const hypervisor = await requireNode(context.loaders.HYPERVISOR, id);
      const report = await rewriteResources(context, hypervisor, reported);
      const leaseId = await lease.take();
      return {
        type: 'commit',
        compares: [report.length === 0 ? isPresent(recordKey(hypervisor)) : isUnchanged(hypervisor)],
        writes: [put(hypervisor.directory + subkeys.heartbeat, context.now().toISOString(), leaseId), ...report],
        operationLeaseId: leaseId,
        result: { hypervisorId: id, leaseId },
      };
    });
    // A request that was repeated is answered with the beat of the first one.
    if (beat.leaseId !== lease.id) await lease.revoke();
    return { hypervisorId: beat.hypervisorId };
  } catch (error) {
    // Else the beat may be there, or still come; revoking its lease would end a hypervisor that lives.
    if (!isOutcomeUnknown(error)) await lease.revoke();
    throw error;
  }
}

function requireTtl(ttlSeconds: number): void {
  if (ttlSeconds >= shortestTtlSeconds && ttlSeconds <= longestTtlSeconds) return;
  const allowed = `it must be from ${shortestTtlSeconds} to ${longestTtlSeconds}`;
  throw badUserInput('ttlSeconds', `ttlSeconds is ${ttlSeconds}: ${allowed}`);
}

function reportedOf(given: Argument<ReportedResources>): ReportedResources | null {
  return given ? { total: resourcesOf(given.total), available: resourcesOf(given.available) } : null;
}

/** Nothing when they are what is stored: most beats leave the record, and so its revision, as it is. */
async function rewriteResources(
  context: Context,
  hypervisor: Hypervisor,
  reported: ReportedResources | null,
): Promise<readonly Write[]> {
  if (reported === null) return [];
  const { totalResources, availableResources } = hypervisor;
  if (isSameResources(totalResources, reported.total) && isSameResources(availableResources, reported.available)) return [];
  return rewrite(
    context,
    hypervisor,
    hypervisorFields({ totalResources: reported.total, availableResources: reported.available }),
  );
}

function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof GatewayError && error.details.outcome === 'UNKNOWN';
}

/** One lease for one beat, however often that is decided. */
class BeatLease {
  readonly #context: Context;
  readonly #ttlSeconds: number;
  #lease: Lease | null = null;

  constructor(context: Context, ttlSeconds: number) {
    this.#context = context;
    this.#ttlSeconds = ttlSeconds;
  }

  /** Null when it was never needed. */
  get id(): LeaseId | null {
    return this.#lease?.id ?? null;
  }

  /**
   * Its time begins anew with each decision: a commit that was lost may have taken most of it. Another lease where the first has ended
   * meanwhile, as when somebody revoked it: under that no beat can be put any more.
   */
  async take(): Promise<LeaseId> {
    const { store } = this.#context;
    this.#lease = this.#lease === null ? null : await kept(store, this.#lease.id);
    this.#lease ??= await store.grantLease(this.#ttlSeconds);
    return this.#lease.id;
  }

  /** Never fails: nothing hangs on it, and it would end by itself, too. */
  async revoke(): Promise<void> {
    if (this.#lease === null) return;
    const { store, log } = this.#context;
    try {
      await store.revokeLease(this.#lease.id);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'the lease of a heartbeat that was not written could not be revoked');
    }
  }
}

/** Null when it is gone. */
async function kept(store: Store, leaseId: LeaseId): Promise<Lease | null> {
  try {
    return await store.keepLeaseAlive(leaseId);
  } catch (error) {
    if (error instanceof LeaseNotFoundError) return null;
    throw error;
  }
}
