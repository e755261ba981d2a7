import type { BrokenRecord } from '../broken-record.ts';
import type { Guest } from '../entities/guest.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Job } from '../entities/job.ts';
import type { Subnet } from '../entities/subnet.ts';
import type { NodeKind } from '../keys.ts';
import type { Key } from '../range.ts';
import type { KeyValue, Revision } from '../store.ts';
import type { CatalogState, KindCatalogs } from './catalog-state.ts';
import type { CatalogView, GuestGroupField } from './catalog-view.ts';
import type { Groups } from './groups.ts';
import type { GuestGroups } from './guest-groups.ts';
import type { HypervisorLinks } from './hypervisor-links.ts';
import type { KindCatalog } from './kind-catalog.ts';
import type { HypervisorLoad } from './load.ts';
import type { NodeSet } from './node-set.ts';

/** A state of the catalog, as it was when the view was made. */
export class StateView implements CatalogView {
  readonly revision: Revision;
  readonly #kinds: KindCatalogs;
  readonly #guests: GuestGroups;
  readonly #subnets: Groups<Subnet, 'networkId'>;
  readonly #jobs: Groups<Job, 'guestId'>;
  readonly #links: HypervisorLinks;

  constructor(state: CatalogState, revision: Revision) {
    const { kinds } = state;
    this.revision = revision;
    this.#kinds = {
      NETWORK: kinds.NETWORK.freeze(),
      SUBNET: kinds.SUBNET.freeze(),
      HYPERVISOR: kinds.HYPERVISOR.freeze(),
      GUEST: kinds.GUEST.freeze(),
      FLAVOR: kinds.FLAVOR.freeze(),
      FIREWALL_GROUP: kinds.FIREWALL_GROUP.freeze(),
      VLAN: kinds.VLAN.freeze(),
      VLAN_GROUP: kinds.VLAN_GROUP.freeze(),
      JOB: kinds.JOB.freeze(),
      CONFIG: kinds.CONFIG.freeze(),
    };
    this.#guests = state.guests.freeze(this.#kinds.GUEST);
    this.#subnets = state.subnets.freeze(this.#kinds.SUBNET);
    this.#jobs = state.jobs.freeze(this.#kinds.JOB);
    this.#links = state.links.freeze();
  }

  get<K extends NodeKind>(kind: K, name: string): EntityOf[K] | null {
    return this.#catalog(kind).node(name);
  }

  pathOf(kind: NodeKind, name: string): Key | null {
    return this.#catalog(kind).get(name)?.path ?? null;
  }

  nodes<K extends NodeKind>(kind: K): NodeSet<EntityOf[K]> {
    return this.#catalog(kind).all();
  }

  broken(kind: NodeKind): readonly BrokenRecord[] {
    return this.#catalog(kind).broken();
  }

  guestsBy(field: GuestGroupField, value: string | null): NodeSet<Guest> {
    return this.#guests.of(field).get(value);
  }

  guestCounts(field: GuestGroupField): ReadonlyMap<string | null, number> {
    return this.#guests.of(field).counts();
  }

  subnetsOfNetwork(networkId: string): NodeSet<Subnet> {
    return this.#subnets.get(networkId);
  }

  jobsOfGuest(guestId: string): NodeSet<Job> {
    return this.#jobs.get(guestId);
  }

  linksToGuest(guestId: string): readonly KeyValue[] {
    return this.#links.toGuest(guestId);
  }

  linksToSubnet(subnetId: string): readonly KeyValue[] {
    return this.#links.toSubnet(subnetId);
  }

  loadOf(hypervisorName: string): HypervisorLoad {
    return this.#links.loadOf(hypervisorName);
  }

  #catalog<K extends NodeKind>(kind: K): KindCatalog<EntityOf[K]> {
    return this.#kinds[kind];
  }
}
