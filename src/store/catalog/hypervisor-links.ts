import { type Keys, subkeys } from '../keys.ts';
import type { NodePlace } from '../node-of-key.ts';
import { type Key, textFromKey } from '../range.ts';
import type { KeyValue } from '../store.ts';
import { canonicalUuid } from '../values/uuid.ts';
import type { Touched } from './catalog-state.ts';
import { LinkTree } from './link-tree.ts';
import { Load } from './load.ts';
import { compareText, openTree, type Tree } from './tree.ts';

/** Of every hypervisor that no guest was ever linked to. */
const noLoad = new Load();

/** The link keys below hypervisors, found by what they lead to. */
export class HypervisorLinks {
  readonly #keys: Keys;
  readonly #toGuests: LinkTree;
  readonly #toSubnets: LinkTree;
  readonly #loads: Tree<string, Load>;

  constructor(
    keys: Keys,
    toGuests = new LinkTree(),
    toSubnets = new LinkTree(),
    loads: Tree<string, Load> = openTree(compareText),
  ) {
    this.#keys = keys;
    this.#toGuests = toGuests;
    this.#toSubnets = toSubnets;
    this.#loads = loads;
  }

  toGuest(guestId: string): readonly KeyValue[] {
    return this.#toGuests.to(guestId);
  }

  toSubnet(subnetId: string): readonly KeyValue[] {
    return this.#toSubnets.to(subnetId);
  }

  loadOf(hypervisorName: string): Load {
    return this.#loads.get(hypervisorName) ?? noLoad;
  }

  /** For readers: it is never changed again. */
  freeze(): HypervisorLinks {
    return new HypervisorLinks(this.#keys, this.#toGuests.clone(), this.#toSubnets.clone(), this.#loads.clone());
  }

  /** All keys were followed once. The ids are those of all that are there, in order. */
  endLoading({ guestIds, subnetIds }: { readonly guestIds: Iterable<string>; readonly subnetIds: Iterable<string> }): void {
    this.#toGuests.endLoading(guestIds);
    this.#toSubnets.endLoading(subnetIds);
  }

  /** Follows all keys below a hypervisor that one commit touched. */
  follow({ name, path }: NodePlace, touched: readonly Touched[]): void {
    const [toGuests, toSubnets] = [path + subkeys.guests, path + subkeys.subnets];
    const changed: string[] = [];
    for (const { key, current } of touched) {
      const guestId = idBehind(key, toGuests);
      const subnetId = guestId === null ? idBehind(key, toSubnets) : null;
      if (guestId !== null) {
        this.#toGuests.put(guestId, { key, link: current });
        changed.push(guestId);
      } else if (subnetId !== null) this.#toSubnets.put(subnetId, { key, link: current });
    }
    this.#change(name, changed);
  }

  guestChanged(guestId: string): void {
    const folder = this.#keys.folder('HYPERVISOR');
    for (const { key } of this.#toGuests.to(guestId)) {
      this.#change(key.slice(folder.length, key.indexOf('/', folder.length)).toLowerCase(), [guestId]);
    }
  }

  flavorChanged(): void {
    for (const name of [...this.#loads.keys()]) this.#loads.set(name, new Load());
  }

  #change(name: string, guestIds: readonly string[]): void {
    if (guestIds.length === 0) return;
    let load = this.loadOf(name);
    for (const guestId of guestIds) load = new Load({ load, guestId });
    this.#loads.set(name, load);
  }
}

/** Null where the key is no such link, or is named by no UUID. */
function idBehind(key: Key, prefix: Key): string | null {
  return key.startsWith(prefix) ? canonicalUuid(textFromKey(key.slice(prefix.length))) : null;
}
