import type { Context } from '../context.ts';
import type { Resources } from '../store/entities/entity.ts';
import { type GuestState, guestStates } from '../store/entities/guest.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import type { NodeKind } from '../store/keys.ts';
import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import type { StoreStatus } from '../store/store.ts';
import { allNodes } from './candidates.ts';
import { committedResources, freeResources } from './capacity.ts';
import { countGuestsBy } from './guest-index.ts';
import { isAlive } from './heartbeat.ts';
import { sumOfResources } from './resources.ts';

export interface GuestStateCount {
  readonly state: GuestState;
  readonly count: number;
}

export function countHypervisors(context: Context): MaybePromise<number> {
  return countNodes(context, 'HYPERVISOR');
}

export async function countAliveHypervisors(context: Context): Promise<number> {
  const alive = await allThere((await hypervisorsOf(context)).map((hypervisor) => isAlive(context, hypervisor)));
  return alive.filter((isTrue) => isTrue).length;
}

export function countGuests(context: Context): MaybePromise<number> {
  return countNodes(context, 'GUEST');
}

/** Every state, those without a guest too, so that a dashboard's lines do not come and go. */
export function countGuestsByState(context: Context): MaybePromise<readonly GuestStateCount[]> {
  return whenThere(countGuestsBy(context, 'state'), (counts) =>
    guestStates.map((state) => ({ state, count: counts.get(state) ?? 0 })),
  );
}

export function countNetworks(context: Context): MaybePromise<number> {
  return countNodes(context, 'NETWORK');
}

export function countSubnets(context: Context): MaybePromise<number> {
  return countNodes(context, 'SUBNET');
}

function countNodes(context: Context, kind: NodeKind): MaybePromise<number> {
  return whenThere(allNodes(context, kind), ({ nodes }) => nodes.size);
}

export async function totalResourcesOfCluster(context: Context): Promise<Resources> {
  return sumOfResources((await hypervisorsOf(context)).map(({ totalResources }) => totalResources));
}

export async function committedResourcesOfCluster(context: Context): Promise<Resources> {
  const hypervisors = await hypervisorsWithGuests(context);
  return sumOfResources(await allThere(hypervisors.map((hypervisor) => committedResources(context, hypervisor))));
}

export async function freeResourcesOfCluster(context: Context): Promise<Resources> {
  const hypervisors = await hypervisorsWithGuests(context);
  return sumOfResources(await allThere(hypervisors.map((hypervisor) => freeResources(context, hypervisor))));
}

export function storeStatus(context: Context): Promise<StoreStatus> {
  return context.store.status(context.signal);
}

async function hypervisorsOf(context: Context): Promise<readonly Hypervisor[]> {
  return (await context.loaders.HYPERVISOR.list()).all;
}

/** The same, when the guests and flavors that capacity is about have been read too: all in one wave. */
async function hypervisorsWithGuests(context: Context): Promise<readonly Hypervisor[]> {
  const [hypervisors] = await Promise.all([hypervisorsOf(context), allNodes(context, 'GUEST'), allNodes(context, 'FLAVOR')]);
  return hypervisors;
}
