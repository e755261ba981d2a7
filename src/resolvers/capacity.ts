import type { Context } from '../context.ts';
import type { Resources } from '../store/entities/entity.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { textFromKey } from '../store/range.ts';
import { type GuestLink, linksToGuests } from './guest-link.ts';
import { oncePerOperation } from './operation-memo.ts';
import { freeResourcesOf, noResources, sumOfResources } from './resources.ts';

const committedByHypervisor = oncePerOperation(() => new WeakMap<Hypervisor, Promise<Resources>>());

/** What the flavors of a hypervisor's guests add up to. Its link keys say which guests it has, as for placement. */
export function committedResources(context: Context, hypervisor: Hypervisor): Promise<Resources> {
  const known = committedByHypervisor(context);
  const committed = known.get(hypervisor) ?? sumOfGuests(context, hypervisor);
  known.set(hypervisor, committed);
  return committed;
}

export async function freeResources(context: Context, hypervisor: Hypervisor): Promise<Resources> {
  return freeResourcesOf(hypervisor, await committedResources(context, hypervisor));
}

async function sumOfGuests(context: Context, hypervisor: Hypervisor): Promise<Resources> {
  const links = await linksToGuests(context, hypervisor);
  return sumOfResources(await Promise.all(links.map((link) => resourcesBehind(context, link))));
}

async function resourcesBehind(context: Context, { key, guest }: GuestLink): Promise<Resources> {
  const flavor = guest === null ? null : await context.loaders.FLAVOR.follow(guest.flavorId);
  if (flavor !== null) return flavor.resources;
  const missing = guest === null ? 'its guest' : `the flavor ${guest.flavorId} of its guest`;
  context.log.warn({ key: textFromKey(key) }, `A guest link counts nothing as committed: ${missing} is missing or can't be read`);
  return noResources;
}
