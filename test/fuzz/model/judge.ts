import { canonicalUuid } from '../../../src/store/values/uuid.ts';
import { type Json, type Model, metadataOf } from './model.ts';

/** The kinds of node by their folder, as errors call them. */
export const kinds: Readonly<Record<string, string>> = {
  networks: 'NETWORK',
  subnets: 'SUBNET',
  hypervisors: 'HYPERVISOR',
  guests: 'GUEST',
  flavors: 'FLAVOR',
  fwgroups: 'FIREWALL_GROUP',
  vlans: 'VLAN',
  vlangroups: 'VLAN_GROUP',
  jobs: 'JOB',
};

/** Changes the model as an operation does that was answered so. */
export type Apply = (answer: Json) => void;

/** What must come of a mutation with these arguments: what it may be refused for goes to the judge. */
export type Rule = (judge: Judge, args: Json) => Apply;

export interface Found {
  readonly id: string;
  readonly key: string;
  readonly record: Json;
}

/** An `ifRevision`, with the version of the record in the model that it stands for. */
export interface IfRevision {
  readonly version: number;
}

/** Gathers every reason for which an operation may be refused: which of several is told is the gateway's to choose. */
export class Judge {
  readonly model: Model;
  readonly refusals = new Set<string>();

  /** Nobody else changes anything meanwhile. */
  readonly isAlone: boolean;

  constructor(model: Model, isAlone: boolean) {
    this.model = model;
    this.isAlone = isAlone;
  }

  /** `BAD_USER_INPUT field`, `NOT_FOUND kind id`, `IN_USE id,id`, or a code alone. */
  refuse(code: string, ...details: readonly string[]): void {
    this.refusals.add([code, ...details].join(' '));
  }

  refuseInput(field: string): void {
    this.refuse('BAD_USER_INPUT', field);
  }

  inUse(users: Iterable<string>): void {
    const ids = sorted(new Set(users));
    if (ids.length > 0) this.refuse('IN_USE', ids.join());
  }

  /** An id in any spelling; null when it is none. */
  id(field: string, text: string): string | null {
    const id = canonicalUuid(text);
    if (id === null) this.refuseInput(field);
    return id;
  }

  /** The node that an argument names; null when it is refused. */
  find(folder: string, field: string, text: string): Found | null {
    const id = this.id(field, text);
    return id === null ? null : this.#found(folder, id, id);
  }

  findVlan(field: string, tag: number): Found | null {
    if (!Number.isInteger(tag) || tag < 1 || tag > 4095) {
      this.refuseInput(field);
      return null;
    }
    return this.#found('vlans', String(tag), `vlan:${tag}`);
  }

  #found(folder: string, name: string, id: string): Found | null {
    const record = this.model.node(folder, name);
    if (record === undefined) this.refuse('NOT_FOUND', kinds[folder] ?? '', id);
    return record === undefined ? null : { id: name, key: `${folder}/${name}/metadata`, record };
  }

  /** The id of a new node where the client chose one. */
  newId(text: string | undefined): string | null {
    if (text === undefined) return null;
    const id = this.id('id', text);
    for (const folder of Object.keys(kinds)) {
      if (id !== null && folder !== 'vlans' && this.model.node(folder, id) !== undefined) {
        this.refuse('ALREADY_EXISTS', kinds[folder] ?? '', id);
        break;
      }
    }
    return id;
  }

  revision(key: string, ifRevision: IfRevision | null | undefined): void {
    if (ifRevision === null) this.refuseInput('ifRevision');
    else if (ifRevision !== undefined && ifRevision.version !== this.model.version(key)) this.refuse('CONFLICT');
  }

  /** A field that can't be cleared. */
  notNull(field: string, value: Json): void {
    if (value === null) this.refuseInput(field);
  }

  /** Stored metadata with a patch's keys set or removed. */
  metadata(stored: Json, patch: Json): Json {
    this.notNull('metadata', patch);
    if (patch === undefined || patch === null) return undefined;
    const merged = Object.entries({ ...stored, ...patch }).filter(([, text]) => text !== null);
    return metadataOf(Object.fromEntries(merged.map(([key, text]) => [key, String(text)])));
  }

  /** Placed or not, the ids of the guests whose record has `id` in `field`. */
  guestsWith(field: string, id: string): string[] {
    return this.model.nodes('guests').flatMap(({ id: guest, record }) => (record[field] === id ? [guest] : []));
  }
}

/** Of a rule that refuses: nothing is changed. */
export const nothing: Apply = () => undefined;

export function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort((a, b) => (a < b ? -1 : 1));
}
