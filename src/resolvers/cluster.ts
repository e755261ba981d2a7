import type { Context } from '../context.ts';
import type { Resources } from '../store/entities/entity.ts';
import { type GuestState, guestStates } from '../store/entities/guest.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import type { StoreStatus } from '../store/store.ts';
import { committedResources, freeResources } from './capacity.ts';
import { isAlive } from './heartbeat.ts';
import { sumOfResources } from './resources.ts';

export interface GuestStateCount {
  readonly state: GuestState;
  readonly count: number;
}

export async function countHypervisors(context: Context): Promise<number> {
  return (await hypervisorsOf(context)).length;
}

export async function countAliveHypervisors(context: Context): Promise<number> {
  const alive = await Promise.all((await hypervisorsOf(context)).map((hypervisor) => isAlive(context, hypervisor)));
  return alive.filter((isTrue) => isTrue).length;
}

export async function countGuests(context: Context): Promise<number> {
  return (await context.loaders.GUEST.list()).all.length;
}

/** Every state, those without a guest too, so that a dashboard's lines do not come and go. */
export async function countGuestsByState(context: Context): Promise<readonly GuestStateCount[]> {
  const counts = new Map<GuestState, number>();
  for (const { state } of (await context.loaders.GUEST.list()).all) counts.set(state, (counts.get(state) ?? 0) + 1);
  return guestStates.map((state) => ({ state, count: counts.get(state) ?? 0 }));
}

export async function countNetworks(context: Context): Promise<number> {
  return (await context.loaders.NETWORK.list()).all.length;
}

export async function countSubnets(context: Context): Promise<number> {
  return (await context.loaders.SUBNET.list()).all.length;
}

export async function totalResourcesOfCluster(context: Context): Promise<Resources> {
  return sumOfResources((await hypervisorsOf(context)).map(({ totalResources }) => totalResources));
}

export async function committedResourcesOfCluster(context: Context): Promise<Resources> {
  const hypervisors = await hypervisorsWithGuests(context);
  return sumOfResources(await Promise.all(hypervisors.map((hypervisor) => committedResources(context, hypervisor))));
}

export async function freeResourcesOfCluster(context: Context): Promise<Resources> {
  const hypervisors = await hypervisorsWithGuests(context);
  return sumOfResources(await Promise.all(hypervisors.map((hypervisor) => freeResources(context, hypervisor))));
}

export function storeStatus(context: Context): Promise<StoreStatus> {
  return context.store.status(context.signal);
}

async function hypervisorsOf(context: Context): Promise<readonly Hypervisor[]> {
  return (await context.loaders.HYPERVISOR.list()).all;
}

/** The same, when the guests and flavors that capacity is about have been read too: all in one wave. */
async function hypervisorsWithGuests(context: Context): Promise<readonly Hypervisor[]> {
  const { HYPERVISOR, GUEST, FLAVOR } = context.loaders;
  const [hypervisors] = await Promise.all([HYPERVISOR.list(), GUEST.list(), FLAVOR.list()]);
  return hypervisors.all;
}
