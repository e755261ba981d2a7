import type { Context } from '../context.ts';
import { decodeHeartbeat, type Heartbeat } from '../store/entities/heartbeat.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { subkeys } from '../store/keys.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { getBelow } from './below.ts';

/** Null when the hypervisor is dead. */
export function getHeartbeat(context: Context, hypervisor: Hypervisor): MaybePromise<Heartbeat | null> {
  return whenThere(getBelow(context, hypervisor, subkeys.heartbeat), (entry) => (entry === null ? null : decodeHeartbeat(entry)));
}

/** The key's presence says it, whatever it holds. */
export function isAlive(context: Context, hypervisor: Hypervisor): MaybePromise<boolean> {
  return whenThere(getBelow(context, hypervisor, subkeys.heartbeat), (entry) => entry !== null);
}

export async function heartbeatSecondsLeft(context: Context, { leaseId }: Heartbeat): Promise<number | null> {
  return leaseId === null ? null : context.snapshot.leaseTimeToLive(leaseId);
}
