import type { Flavor, Guest, Hypervisor, Network, Subnet } from './record.ts';
import type { PeerContext } from './schema.ts';
import type { Eventually, GuestListArguments, GuestPage } from './source.ts';

interface Sized {
  readonly first?: number | null;
}

const defaultPageSize = 50;

/** The same for all peers: what differs is the source. All other fields are properties. */
export const resolvers = {
  Query: {
    guest: (_root: unknown, { id }: { readonly id: string }, { source }: PeerContext) => source.guest(id),
    guests: (_root: unknown, args: GuestListArguments, { source }: PeerContext) => source.guests(args),
    networks: (_root: unknown, { first }: Sized, { source }: PeerContext) => firstOf(source.networks(), first),
  },
  Network: {
    subnets: ({ id }: Network, { first }: Sized, { source }: PeerContext) => firstOf(source.subnetsOfNetwork(id), first),
  },
  Subnet: {
    guests: ({ id }: Subnet, args: GuestListArguments, { source }: PeerContext) => source.guests({ ...args, subnetId: id }),
  },
  Guest: {
    hypervisor: ({ hypervisorId }: Guest, _args: unknown, { source }: PeerContext): Eventually<Hypervisor | null> =>
      hypervisorId === null ? null : source.hypervisor(hypervisorId),
    flavor: ({ flavorId }: Guest, _args: unknown, { source }: PeerContext): Eventually<Flavor | null> => source.flavor(flavorId),
    subnet: ({ subnetId }: Guest, _args: unknown, { source }: PeerContext): Eventually<Subnet | null> =>
      subnetId === null ? null : source.subnet(subnetId),
  },
  GuestConnection: {
    totalCount: (page: GuestPage) => page.countAll(),
  },
};

function firstOf<T>(
  list: Eventually<readonly T[]>,
  first: number | null | undefined,
): Eventually<{ readonly nodes: readonly T[] }> {
  const cut = (nodes: readonly T[]) => ({ nodes: nodes.slice(0, first ?? defaultPageSize) });
  return list instanceof Promise ? list.then(cut) : cut(list);
}
