import { BrokenRecordError, brokenRecord, decodeNode } from '../decode-node.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Job } from '../entities/job.ts';
import type { Subnet } from '../entities/subnet.ts';
import { type Keys, type NodeKind, recordName, subkeys } from '../keys.ts';
import type { KeyspaceView } from '../keyspace.ts';
import { type NodeOfKey, type NodePlace, openNodeOfKey } from '../node-of-key.ts';
import { type Key, prefixRange } from '../range.ts';
import type { KeyValue } from '../store.ts';
import { Groups } from './groups.ts';
import { GuestGroups } from './guest-groups.ts';
import { HypervisorLinks } from './hypervisor-links.ts';
import { type Held, KindCatalog, type KindCatalogOptions } from './kind-catalog.ts';
import { ordersOf } from './orders.ts';
import { OtherSpellings } from './other-spellings.ts';

export type KindCatalogs = { readonly [K in NodeKind]: KindCatalog<EntityOf[K]> };

/** One key that is there now, or is gone. */
export interface Touched {
  readonly key: Key;
  readonly current: KeyValue | null;
}

/** All that a catalog knows of one state, with what it takes to come to the next one. It begins with nothing, to be loaded. */
export class CatalogState {
  readonly kinds: KindCatalogs;
  readonly guests: GuestGroups;
  readonly subnets: Groups<Subnet, 'networkId'>;
  readonly jobs: Groups<Job, 'guestId'>;
  readonly links: HypervisorLinks;
  readonly #keys: Keys;
  readonly #nodeOfKey: NodeOfKey;
  readonly #spellings = new OtherSpellings();

  constructor(keys: Keys) {
    this.#keys = keys;
    this.#nodeOfKey = openNodeOfKey(keys);
    this.links = new HypervisorLinks(keys);
    const open = <K extends NodeKind>(kind: K, onPut: KindCatalogOptions<EntityOf[K]>['onPut'] = () => undefined) =>
      new KindCatalog<EntityOf[K]>({ kind, orders: ordersOf[kind], usualPath: (name) => usualPath(keys, kind, name), onPut });
    this.kinds = {
      NETWORK: open('NETWORK'),
      SUBNET: open('SUBNET', (_name, moved) => this.subnets.move(moved)),
      HYPERVISOR: open('HYPERVISOR'),
      GUEST: open('GUEST', (name, moved) => {
        this.guests.move(moved);
        this.links.guestChanged(name);
      }),
      FLAVOR: open('FLAVOR', () => this.links.flavorChanged()),
      FIREWALL_GROUP: open('FIREWALL_GROUP'),
      VLAN: open('VLAN'),
      VLAN_GROUP: open('VLAN_GROUP'),
      JOB: open('JOB', (_name, moved) => this.jobs.move(moved)),
      CONFIG: open('CONFIG'),
    };
    const { GUEST, SUBNET, JOB } = this.kinds;
    this.guests = new GuestGroups(GUEST);
    this.subnets = new Groups({ field: 'networkId', orders: ['ID', 'NAME'], kind: SUBNET });
    this.jobs = new Groups({ field: 'guestId', orders: ['ID'], kind: JOB });
  }

  /** All keys were followed once: from now on it follows commits. Gives way between kinds. */
  async endLoading(giveWay: () => Promise<unknown>): Promise<void> {
    for (const kind of Object.values(this.kinds)) {
      kind.endLoading();
      if (kind.all().size > 0) await giveWay();
    }
    const { GUEST, SUBNET } = this.kinds;
    this.links.endLoading({ guestIds: GUEST.ids(), subnetIds: SUBNET.ids() });
  }

  /** Makes the indexes that would be made when they are asked for, one at a time, for as long as `giveWay` says to go on. */
  async warmUp(giveWay: () => Promise<boolean>): Promise<void> {
    await this.kinds.GUEST.warmUp(giveWay);
    await this.guests.warmUp(giveWay);
    if (await giveWay()) this.jobs.warmUp();
  }

  /** Follows one commit, or a part of a state that is loaded. `view` is the state behind it; keys are in order. */
  follow(touched: readonly Touched[], view: KeyspaceView): void {
    for (let index = 0, next = 0; index < touched.length; index = next) {
      const place = this.#nodeOfKey(touched[index]?.key ?? '');
      next = index + 1;
      if (place === null) continue;
      // The keys of one directory stand together.
      if (hasDirectory(place)) while (touched[next]?.key.startsWith(place.path)) next++;
      this.#followNode(place, { touched: touched.slice(index, next), view });
    }
  }

  #followNode(place: NodePlace, { touched, view }: Followed): void {
    if (place.kind === 'HYPERVISOR') this.links.follow(place, touched);
    const record = currentOf(recordKey(place), { touched, view });
    // Where there is no record, any key may be the first one of its directory, or the last.
    if (record === null || touched.some(({ key }) => isPart(place, key))) this.#update(place, { record, touched, view });
  }

  #update<K extends NodeKind>(place: NodePlace & { readonly kind: K }, { record, touched, view }: FollowedNode): void {
    const { kind, name, path } = place;
    const catalog: KindCatalog<EntityOf[K]> = this.kinds[kind];
    const state = kind === 'GUEST' && record !== null ? currentOf(path + subkeys.state, { touched, view }) : null;
    const found = read(place, { record, state, view });
    catalog.noteBroken(path, found?.error ?? null);
    const usual = usualPath(this.#keys, kind, name);
    if (path !== usual) this.#spellings.note(kind, { name, path, hasRecord: record !== null });
    // The usual spelling counts; else the last one, in key order, that has a record.
    const hasUsual = path === usual ? record !== null : view.get(recordKey({ kind, path: usual })) !== null;
    const winner = hasUsual ? usual : this.#spellings.last(kind, name);
    if (winner === path) catalog.put(name, found);
    else if (winner === null) catalog.put(name, null);
    // The one that counts is followed, or is the same as before, if it did count before.
    else if (catalog.get(name)?.path !== winner) catalog.put(name, readAt({ kind, name, path: winner }, view));
  }
}

interface Followed {
  /** All that lie in one directory, or the one key of a node without one. */
  readonly touched: readonly Touched[];
  readonly view: KeyspaceView;
}

interface FollowedNode extends Followed {
  readonly record: KeyValue | null;
}

/** To find it among a few that are at hand costs a tenth of a look into the tree. */
function currentOf(key: Key, { touched, view }: Followed): KeyValue | null {
  const found = touched.find((one) => one.key === key);
  return found === undefined ? view.get(key) : found.current;
}

function readAt<K extends NodeKind>(place: NodePlace & { readonly kind: K }, view: KeyspaceView): Held<EntityOf[K]> | null {
  const state = place.kind === 'GUEST' ? view.get(place.path + subkeys.state) : null;
  return read(place, { record: view.get(recordKey(place)), state, view });
}

interface Parts {
  readonly record: KeyValue | null;
  /** A guest's. */
  readonly state: KeyValue | null;
  readonly view: KeyspaceView;
}

/** Null where nothing lies there. A directory without a record is an error too. */
function read<K extends NodeKind>(
  place: NodePlace & { readonly kind: K },
  { record, state, view }: Parts,
): Held<EntityOf[K]> | null {
  const { kind, name, path } = place;
  try {
    if (record === null) {
      if (!hasDirectory(place) || view.list(prefixRange(path), 1).length === 0) return null;
      throw brokenRecord(path + recordName, 'the directory has no record');
    }
    const node = decodeNode(kind, { id: name, directory: path, record, ...(state === null ? {} : { state }) });
    return { path, node, error: null };
  } catch (error) {
    if (error instanceof BrokenRecordError) return { path, node: null, error };
    throw error;
  }
}

/** What a node is decoded from: its record, and a guest's state. */
function isPart(place: NodePlace, key: Key): boolean {
  return key === recordKey(place) || (place.kind === 'GUEST' && key === place.path + subkeys.state);
}

function hasDirectory({ kind }: Pick<NodePlace, 'kind'>): boolean {
  return kind !== 'JOB' && kind !== 'CONFIG';
}

function recordKey(place: Pick<NodePlace, 'kind' | 'path'>): Key {
  return hasDirectory(place) ? place.path + recordName : place.path;
}

/** Where the Go tools put it. */
export function usualPath(keys: Keys, kind: NodeKind, name: string): Key {
  if (kind === 'CONFIG') return keys.config(name);
  return kind === 'JOB' ? keys.record(kind, name) : keys.directory(kind, name);
}
