import type { Flavor, Guest, GuestState, Hypervisor, Network, Subnet } from './record.ts';

/** What is in memory is there at once: a promise would cost the ceiling a turn for each field. */
export type Eventually<T> = T | Promise<T>;

export interface GuestListArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly filter?: GuestFilter | null;
  readonly orderBy?: { readonly field: 'ID' | 'NAME'; readonly direction: 'ASC' | 'DESC' } | null;
  /** Of a subnet's own list. */
  readonly subnetId?: string;
}

interface GuestFilter {
  readonly states?: readonly GuestState[] | null;
  readonly networkId?: string | null;
}

export interface GuestPage {
  readonly nodes: readonly Guest[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  countAll(): Eventually<number>;
}

/** Where a peer's data comes from. */
export interface Source {
  guest(id: string): Eventually<Guest | null>;
  hypervisor(id: string): Eventually<Hypervisor | null>;
  flavor(id: string): Eventually<Flavor | null>;
  subnet(id: string): Eventually<Subnet | null>;
  /** By id, as all lists. */
  networks(): Eventually<readonly Network[]>;
  subnetsOfNetwork(networkId: string): Eventually<readonly Subnet[]>;
  guests(args: GuestListArguments): Eventually<GuestPage>;
}
