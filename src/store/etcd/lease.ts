import { randomBytes } from 'node:crypto';
import { type Lease, type LeaseId, LeaseNotFoundError } from '../store.ts';
import { bounded } from './bounded.ts';
import type { Cluster } from './cluster.ts';
import type { CallLimits } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { EtcdFailure, etcdFailure, storeUnavailable } from './errors.ts';
import { isLeaseId, numberFrom } from './wire.ts';

/** etcd's own limit. */
const longestTtlSeconds = 9_000_000_000;

/**
 * The id is chosen here, which makes a grant safe to repeat: when an answer was lost, "it exists already" is the answer. A grant
 * that nobody heard of ends by itself.
 */
export async function grantLease(cluster: Cluster, ttlSeconds: number): Promise<Lease> {
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > longestTtlSeconds) {
    throw new RangeError(`A lease lives for a whole number of seconds from 1 to ${longestTtlSeconds}, not ${ttlSeconds}`);
  }
  const id = newLeaseId();
  return run(cluster, async (endpoint, limits) => {
    try {
      const granted = await endpoint.calls.grantLease({ ID: id, TTL: ttlSeconds }, limits);
      return { id, ttlSeconds: numberFrom(granted.TTL) };
    } catch (error) {
      if (!isFailure(error, 'leaseExists')) throw error;
      const { grantedTTL } = await endpoint.calls.leaseTimeToLive(id, limits);
      return { id, ttlSeconds: numberFrom(grantedTTL) };
    }
  });
}

export async function keepLeaseAlive(cluster: Cluster, leaseId: LeaseId): Promise<Lease> {
  requirePossible(leaseId);
  return run(cluster, async (endpoint, limits) => {
    const ttlSeconds = await keepAliveOnce(endpoint, leaseId, limits);
    if (ttlSeconds <= 0) throw new LeaseNotFoundError(leaseId);
    return { id: leaseId, ttlSeconds };
  });
}

export async function revokeLease(cluster: Cluster, leaseId: LeaseId): Promise<void> {
  requirePossible(leaseId);
  let maybeRevoked = false;
  await run(cluster, async (endpoint, limits) => {
    try {
      await endpoint.calls.revokeLease(leaseId, limits);
    } catch (error) {
      if (!isFailure(error, 'leaseNotFound')) {
        maybeRevoked = true;
        throw error;
      }
      // After an attempt whose answer was lost it is gone as it should be.
      if (!maybeRevoked) throw new LeaseNotFoundError(leaseId, { cause: error });
    }
  });
}

export async function leaseTimeToLive(cluster: Cluster, leaseId: LeaseId): Promise<number | null> {
  if (!isLeaseId(leaseId)) return null;
  return run(cluster, async (endpoint, limits) => {
    const { TTL, grantedTTL } = await endpoint.calls.leaseTimeToLive(leaseId, limits);
    return grantedTTL === '0' ? null : Math.max(0, numberFrom(TTL));
  });
}

/** All calls of leases may be repeated: each says what shall be, not what shall change. */
async function run<T>(cluster: Cluster, work: (endpoint: Endpoint, limits: CallLimits) => Promise<T>): Promise<T> {
  try {
    return await cluster.run(work, { repeatable: true });
  } catch (error) {
    if (!(error instanceof EtcdFailure)) throw error;
    throw storeUnavailable(`etcd refused to answer about a lease: ${error.message}`, error);
  }
}

async function keepAliveOnce(endpoint: Endpoint, leaseId: LeaseId, limits: CallLimits): Promise<number> {
  const stream = await endpoint.calls.keepLeaseAlive(limits);
  try {
    stream.write({ ID: leaseId });
    const next = await bounded(stream[Symbol.asyncIterator]().next(), limits);
    if (next.done === true) throw new EtcdFailure('unreachable', 'it ended the stream of a lease');
    return numberFrom(next.value.TTL);
  } catch (error) {
    throw etcdFailure(error);
  } finally {
    stream.cancel();
  }
}

/** 62 bits: etcd's ids are signed. Never 0, which would let etcd choose. */
function newLeaseId(): LeaseId {
  return String((randomBytes(8).readBigUInt64BE() >> 2n) + 1n);
}

function requirePossible(leaseId: LeaseId): void {
  if (!isLeaseId(leaseId)) throw new LeaseNotFoundError(leaseId);
}

function isFailure(error: unknown, kind: EtcdFailure['kind']): boolean {
  return error instanceof EtcdFailure && error.kind === kind;
}
