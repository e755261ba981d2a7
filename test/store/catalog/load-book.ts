import { expect } from 'vitest';
import type { CatalogView, HypervisorLoad } from '../../../src/store/catalog/index.ts';
import type { KeyspaceView } from '../../../src/store/keyspace.ts';
import { prefixRange } from '../../../src/store/range.ts';
import { canonicalUuid } from '../../../src/store/values/uuid.ts';

/** What a hypervisor's guests add up to. */
interface Sum {
  readonly flavors: string;
  /** By id: the links to a guest, and what they lead to. */
  readonly guests: ReadonlyMap<string, string>;
}

const links = /^lochness\/hypervisors\/([^/]+)\/guests\/(.*)$/;

/** Holds every load that was ever seen to its promise: it is the same only where its sum is, and names all that changed in it. */
export class LoadBook {
  readonly #sums = new Map<HypervisorLoad, Sum>();

  check(view: CatalogView, keys: KeyspaceView, hypervisorName: string): void {
    const load = view.loadOf(hypervisorName);
    const sum = sumOf(view, keys, hypervisorName);
    const known = this.#sums.get(load);
    if (known !== undefined) expect(without(new Set(), sum)).toEqual(without(new Set(), known));
    else this.#checkChanges(load, sum);
    this.#sums.set(load, sum);
  }

  #checkChanges(load: HypervisorLoad, sum: Sum): void {
    const changed = new Set<string>();
    for (let { before } = load; before !== null; before = before.load.before) {
      changed.add(before.guestId);
      const known = this.#sums.get(before.load);
      if (known === undefined) continue;
      expect(without(changed, sum)).toEqual(without(changed, known));
      return;
    }
  }
}

/** Where no guest is, no flavor counts. */
function without(guestIds: ReadonlySet<string>, { flavors, guests }: Sum): Sum {
  const others = new Map([...guests].filter(([guestId]) => !guestIds.has(guestId)));
  return { flavors: others.size === 0 ? '' : flavors, guests: others };
}

function sumOf(view: CatalogView, keys: KeyspaceView, hypervisorName: string): Sum {
  const guests = new Map<string, string>();
  for (const { key } of keys.list(prefixRange('lochness/hypervisors/'))) {
    const [, hypervisor, name] = links.exec(key) ?? [];
    const guestId = name === undefined ? null : canonicalUuid(name);
    if (guestId === null || hypervisor?.toLowerCase() !== hypervisorName) continue;
    guests.set(guestId, `${guests.get(guestId) ?? nodeText(view, guestId)} ${key}`);
  }
  const flavors = view
    .nodes('FLAVOR')
    .toArray()
    .map(({ id, revision }) => `${id} ${revision}`);
  return { flavors: flavors.join(), guests };
}

function nodeText(view: CatalogView, guestId: string): string {
  try {
    return JSON.stringify(view.get('GUEST', guestId));
  } catch (error) {
    return String(error);
  }
}
