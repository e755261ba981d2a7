import { type Folder, folders, isFolder, readRecord, readState, type StoredRecord, uuidPattern } from './record-format.ts';

/** A key below a node: `hypervisors/<id>/guests/<name>` has the part `guests`; `guests/<id>/state` the name "". */
export interface Below {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

export interface Node {
  readonly id: string;
  /** Where its record lies. */
  readonly key: string;
  readonly record: StoredRecord;
}

/** Keys and values, as the rules ask for them. */
export class Keyspace {
  readonly #entries: Readonly<Record<string, string>>;
  readonly #nodes = new Map<string, Map<string, Node>>();
  readonly #below = new Map<string, Below[]>();

  constructor(entries: Readonly<Record<string, string>>) {
    this.#entries = entries;
    for (const folder of folders) this.#nodes.set(folder, new Map());
  }

  addNode(folder: Folder, node: Node): void {
    this.#nodes.get(folder)?.set(node.id, node);
  }

  addBelow(folder: Folder, part: string, below: Below): void {
    const name = `${folder}/${part}`;
    this.#below.set(name, [...(this.#below.get(name) ?? []), below]);
  }

  value(key: string): string | undefined {
    return this.#entries[key];
  }

  nodes(folder: Folder): readonly Node[] {
    return [...(this.#nodes.get(folder)?.values() ?? [])];
  }

  node(folder: Folder, id: string): Node | undefined {
    return this.#nodes.get(folder)?.get(id);
  }

  /** All keys `<folder>/<id>/<part>` and `<folder>/<id>/<part>/<name>`. */
  below(folder: Folder, part: string): readonly Below[] {
    return this.#below.get(`${folder}/${part}`) ?? [];
  }
}

/** A field that holds a text; "" where it holds something else. */
export function textOf({ record }: Node, field: string): string {
  const value = record[field];
  return typeof value === 'string' ? value : '';
}

type Accepts = (text: string) => boolean;
const isUuid: Accepts = (text) => uuidPattern.test(text);
const isTag: Accepts = (text) => /^[1-9]\d*$/.test(text) && Number(text) <= 4095;
const isEmpty: Accepts = (text) => text === '';
const isSomething: Accepts = (text) => text !== '';
const isAnything: Accepts = () => true;
const isTime: Accepts = (text) => !Number.isNaN(Date.parse(text));

interface Part {
  readonly name: Accepts;
  readonly value: Accepts;
}

/** What lies below a node beside its record. */
const parts: Readonly<Record<Folder, Readonly<Record<string, Part>>>> = {
  networks: { subnets: { name: isUuid, value: isEmpty } },
  subnets: { addresses: { name: isSomething, value: isUuid } },
  hypervisors: {
    heartbeat: { name: isEmpty, value: isTime },
    config: { name: isSomething, value: isAnything },
    subnets: { name: isUuid, value: isAnything },
    guests: { name: isUuid, value: isUuid },
  },
  guests: {
    state: { name: isEmpty, value: isSomething },
    jobs: { name: isEmpty, value: isUuid },
    reservation: { name: isEmpty, value: isSomething },
  },
  flavors: {},
  fwgroups: {},
  vlans: { vlangroups: { name: isUuid, value: isEmpty } },
  vlangroups: { vlans: { name: isTag, value: isEmpty } },
  jobs: {},
};

/** Reads all keys. What is no key or no value of ours, and what lies below a node that is not there, is a violation. */
export function readKeyspace(entries: Readonly<Record<string, string>>) {
  const keyspace = new Keyspace(entries);
  const violations: string[] = [];
  const children: { readonly folder: Folder; readonly part: string; readonly below: Below }[] = [];
  for (const [key, value] of Object.entries(entries)) {
    const [folder = '', id = '', part = '', ...rest] = key.split('/');
    const name = rest.join('/');
    if (folder === 'config' && id !== '') continue;
    if (folder === 'gateway') {
      // references/<folder>/<id>
      if (id === 'references' && isFolder(part))
        children.push({ folder: part, part: 'references', below: { key, id: name, name: '', value } });
      continue;
    }
    if (folder === 'jobs' && part === '' && id.endsWith('.lock')) {
      children.push({ folder, part: 'lock', below: { key, id: id.slice(0, -'.lock'.length), name, value } });
      continue;
    }
    if (!isFolder(folder) || !(folder === 'vlans' ? isTag(id) : isUuid(id))) {
      violations.push(`${key}: no key of ours`);
    } else if (folder === 'jobs' ? part === '' : part === 'metadata' && name === '') {
      const { record, faults } = readRecord(folder, id, value);
      violations.push(...faults.map((fault) => `${key}: ${fault}`));
      if (record !== null) keyspace.addNode(folder, { id, key, record });
    } else {
      const format = parts[folder][part];
      if (format === undefined || !format.name(name)) violations.push(`${key}: no key of ours`);
      else if (!format.value(value)) violations.push(`${key}: its value is ${JSON.stringify(value)}`);
      else children.push({ folder, part, below: { key, id, name, value } });
    }
  }
  for (const { folder, part, below } of children) {
    keyspace.addBelow(folder, part, below);
    if (keyspace.node(folder, below.id) === undefined)
      violations.push(`${below.key}: there is no record of ${folder}/${below.id}`);
    if (folder === 'guests' && part === 'state') {
      violations.push(...readState(below.value).faults.map((fault) => `${below.key}: ${fault}`));
    }
  }
  return { keyspace, violations };
}
