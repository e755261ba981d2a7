import type { Context } from '../context.ts';
import { decodeHeartbeat, type Heartbeat } from '../store/entities/heartbeat.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { subkeys } from '../store/keys.ts';
import { getBelow } from './below.ts';

/** Null when the hypervisor is dead. */
export async function getHeartbeat(context: Context, hypervisor: Hypervisor): Promise<Heartbeat | null> {
  const entry = await getBelow(context, hypervisor, subkeys.heartbeat);
  return entry === null ? null : decodeHeartbeat(entry);
}

/** The key's presence says it, whatever it holds. */
export async function isAlive(context: Context, hypervisor: Hypervisor): Promise<boolean> {
  return (await getBelow(context, hypervisor, subkeys.heartbeat)) !== null;
}

export async function heartbeatSecondsLeft(context: Context, { leaseId }: Heartbeat): Promise<number | null> {
  return leaseId === null ? null : context.snapshot.leaseTimeToLive(leaseId);
}
