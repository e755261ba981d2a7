import { keyFromText, prefixRange } from '../../src/store/range.ts';
import type { Revision, Store, Write } from '../../src/store/store.ts';
import { prefix } from './gateway-schema.ts';
import { pick, wholeFrom } from './random.ts';
import * as record from './record.ts';

type ChangeType = 'CREATED' | 'UPDATED' | 'DELETED';

/** What `changes` tells of one node in one commit. */
export interface ChangeTold {
  readonly revision: Revision;
  readonly type: ChangeType;
  readonly kind: string;
  readonly id: string;
}

/** A folder's kind, and what below a node's directory is a part of the node, beside its record. */
const folders: Readonly<Record<string, { readonly kind: string; readonly parts: RegExp }>> = {
  networks: { kind: 'NETWORK', parts: /^subnets\// },
  subnets: { kind: 'SUBNET', parts: /^$/ },
  hypervisors: { kind: 'HYPERVISOR', parts: /^(config|subnets)\// },
  guests: { kind: 'GUEST', parts: /^(state|jobs|reservation)$/ },
  flavors: { kind: 'FLAVOR', parts: /^$/ },
  fwgroups: { kind: 'FIREWALL_GROUP', parts: /^$/ },
  vlans: { kind: 'VLAN', parts: /^vlangroups\// },
  vlangroups: { kind: 'VLAN_GROUP', parts: /^vlans\// },
};

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const guests = numbers(12).map((number) => record.id('c', number));
const hypervisors = numbers(3).map((number) => record.id('d', number));
const [network, subnet, flavor, firewallGroup, vlanGroup] = [...'abf79'].map((letter) => record.id(letter, 1));

const state = () => JSON.stringify({ state: 'RUNNING', reported: 'running', observed_at: '2024-01-01T00:00:00Z' });
const plain = () => 'on';

/** All keys that are written, and what to: some of them are no change of a node, or belong to none. */
const values: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => string>> = {
  ...Object.fromEntries(guests.map((guest) => [`guests/${guest}/metadata`, record.guestRecord])),
  ...Object.fromEntries(guests.map((guest) => [`guests/${guest}/state`, state])),
  ...Object.fromEntries(guests.slice(0, 2).map((guest) => [`guests/${guest}/reservation`, () => `${subnet}/10.0.0.9`])),
  ...Object.fromEntries(
    hypervisors.flatMap((hypervisor) => [
      [`hypervisors/${hypervisor}/metadata`, record.hypervisorRecord],
      [`hypervisors/${hypervisor}/heartbeat`, plain],
      [`hypervisors/${hypervisor}/config/schedulable`, plain],
      [`hypervisors/${hypervisor}/subnets/${subnet}`, () => 'br0'],
      [`hypervisors/${hypervisor}/guests/${guests[0]}`, plain],
    ]),
  ),
  ...Object.fromEntries(numbers(6).map((number) => [`jobs/${record.id('0', number)}`, record.jobRecord])),
  ...Object.fromEntries(['a', 'a/b', 'limits/', 'limits/größe', 'Größe', 'z'].map((key) => [`config/${key}`, plain])),
  [`jobs/${record.id('0', 1)}.lock`]: plain,
  [`networks/${network}/metadata`]: record.networkRecord,
  [`networks/${network}/subnets/${subnet}`]: plain,
  [`subnets/${subnet}/metadata`]: record.subnetRecord,
  [`subnets/${subnet}/addresses/10.0.0.7`]: plain,
  [`flavors/${flavor}/metadata`]: record.flavorRecord,
  [`fwgroups/${firewallGroup}/metadata`]: record.firewallGroupRecord,
  'vlans/7/metadata': record.networkRecord,
  [`vlans/7/vlangroups/${vlanGroup}`]: plain,
  [`vlangroups/${vlanGroup}/metadata`]: record.vlanGroupRecord,
  [`vlangroups/${vlanGroup}/vlans/7`]: plain,
  'guests/stray': plain,
  'gateway/operations/some': plain,
};
const keys = Object.keys(values);

const mostWrites = 8;
const deleted = 0.3;
/** Of the commits: those that take away a guest with all that lies below it. */
const wholeGuest = 0.05;
const markKey = 'config/mark';

/** What a commit does to keys: their new values, null for none. */
type Changes = ReadonlyMap<string, string | null>;

/** Writes random commits to real records, one after the other, and remembers what `changes` must tell of each of them. */
export class ChangeLog {
  readonly told: ChangeTold[] = [];
  readonly #store: Store;
  readonly #random: () => number;
  /** Keys that are there now. */
  readonly #present = new Set<string>();
  #newest: Revision = 0;
  #count = 0;

  constructor(store: Store, random: () => number) {
    this.#store = store;
    this.#random = random;
  }

  /** The revision of the last commit, whether there is something to tell of it or not. */
  get newest(): Revision {
    return this.#newest;
  }

  after(revision: Revision): readonly ChangeTold[] {
    return this.told.filter((change) => change.revision > revision);
  }

  async write(commits: number): Promise<void> {
    for (let count = 0; count < commits; count++) {
      if (this.#random() < wholeGuest) await this.#removeGuest(pick(guests, this.#random));
      else await this.#writeSome();
    }
  }

  /** A commit of which there is something to tell: who was told of it was told all that was written. */
  async mark(): Promise<Revision> {
    await this.#commit(new Map([[markKey, String(this.#count++)]]));
    return this.#newest;
  }

  async #writeSome(): Promise<void> {
    const changes = new Map<string, string | null>();
    for (let count = wholeFrom(this.#random, 1, mostWrites); count > 0; count--) {
      const key = pick(keys, this.#random);
      const fields = { metadata: { count: String(this.#count++) } };
      changes.set(key, this.#random() < deleted ? null : (values[key]?.(fields) ?? ''));
    }
    await this.#commit(changes);
  }

  async #removeGuest(guest: string): Promise<void> {
    const directory = `guests/${guest}/`;
    const below = keys.filter((key) => key.startsWith(directory));
    const changes = new Map(below.map((key) => [key, null]));
    await this.#commit(changes, [{ type: 'delete', range: prefixRange(prefix + directory) }]);
  }

  async #commit(changes: Changes, writes: readonly Write[] = writesOf(changes)): Promise<void> {
    const { revision } = await this.#store.commit({ compares: [], writes });
    // Deleting what is not there is no change.
    const isChange = [...changes].some(([key, value]) => value !== null || this.#present.has(key));
    if (isChange) this.#newest = revision;
    this.told.push(...toldOfCommit({ revision, changes }, this.#present));
  }
}

/** What there is to tell of a commit. `present`: the keys that were there before; it is brought up to date. */
export function toldOfCommit(
  { revision, changes }: { readonly revision: Revision; readonly changes: Changes },
  present: Set<string>,
): ChangeTold[] {
  const done = new Map<string, ChangeType>();
  for (const [key, value] of changes) {
    const wasThere = present.has(key);
    if (value === null) present.delete(key);
    else present.add(key);
    if (wasThere || value !== null) done.set(key, changeType(wasThere, value !== null));
  }
  return toldOf(revision, done, present);
}

function changeType(wasThere: boolean, isThere: boolean): ChangeType {
  if (!isThere) return 'DELETED';
  return wasThere ? 'UPDATED' : 'CREATED';
}

function writesOf(changes: Changes): Write[] {
  return [...changes].map(([text, value]) => {
    const key = keyFromText(prefix + text);
    return value === null ? { type: 'delete', range: { start: key } } : { type: 'put', key, value: Buffer.from(value) };
  });
}

/** What there is to tell of a commit, in the order of the keys. */
function toldOf(revision: Revision, done: ReadonlyMap<string, ChangeType>, present: ReadonlySet<string>): ChangeTold[] {
  const nodes = new Map<string, ChangeTold>();
  const inOrder = [...done].sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  for (const [key, type] of inOrder) {
    const node = nodeOf(key);
    if (node === null) continue;
    const { kind, id, record, isRecord, isPart } = node;
    if (isRecord) nodes.set(id, { revision, type, kind, id });
    else if (isPart && present.has(record) && !nodes.has(id)) nodes.set(id, { revision, type: 'UPDATED', kind, id });
  }
  return [...nodes.values()];
}

function nodeOf(key: string) {
  const [, folder = '', name = '', below] = /^([a-z]+)\/([^/]+)(?:\/(.*))?$/.exec(key) ?? [];
  if (folder === 'config')
    return { kind: 'CONFIG', id: `config:${key.slice('config/'.length)}`, record: key, isRecord: true, isPart: false };
  if (folder === 'jobs' && !name.endsWith('.lock')) return { kind: 'JOB', id: name, record: key, isRecord: true, isPart: false };
  const { kind, parts } = folders[folder] ?? {};
  if (kind === undefined || parts === undefined || below === undefined) return null;
  const id = kind === 'VLAN' ? `vlan:${name}` : name;
  return { kind, id, record: `${folder}/${name}/metadata`, isRecord: below === 'metadata', isPart: parts.test(below) };
}
