import { type AgentPlace, agentPortKey } from '../resolvers/agent-address.ts';
import { textOfValue } from '../resolvers/below.ts';
import { decodeNode } from '../store/decode-node.ts';
import { nameOf } from '../store/directory.ts';
import type { Follower } from '../store/follow.ts';
import { type Keys, recordName, subkeys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import type { KeyValue, WatchBatch } from '../store/store.ts';

/** What is known of a hypervisor: whether it lives, and where its agent listens. */
export interface KnownHypervisor extends Omit<AgentPlace, 'defaultPort'> {
  readonly directory: Key;
  readonly isAlive: boolean;
}

/** All hypervisors, as the store last told. */
export class HypervisorModel implements Follower {
  readonly #keys: Keys;
  readonly #byId = new Map<string, KnownHypervisor>();
  #isFilled: boolean = false;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** False before it knows anything. */
  get isFilled(): boolean {
    return this.#isFilled;
  }

  /** Undefined for one that nothing is stored of. */
  get(hypervisorId: string): KnownHypervisor | undefined {
    return this.#byId.get(hypervisorId);
  }

  reset(entries: readonly KeyValue[]): void {
    this.#byId.clear();
    for (const entry of entries) this.#set(entry.key, entry);
    this.#isFilled = true;
  }

  apply({ changes }: WatchBatch): void {
    for (const { key, current } of changes) this.#set(key, current);
  }

  #set(key: Key, entry: KeyValue | null): void {
    const folder = this.#keys.folder('HYPERVISOR');
    const slash = key.indexOf('/', folder.length);
    const id = nameOf('HYPERVISOR', key.slice(folder.length, slash));
    if (slash < 0 || id === null) return;
    const directory = key.slice(0, slash + 1);
    const before = this.#byId.get(id) ?? { directory, hypervisor: { id, ip: null }, configuredPort: null, isAlive: false };
    const subkey = key.slice(slash + 1);
    if (subkey === recordName) {
      this.#put({ ...before, hypervisor: { id, ip: entry === null ? null : ipOf(id, directory, entry) } });
    }
    if (subkey === subkeys.heartbeat) this.#put({ ...before, isAlive: entry !== null });
    if (subkey === agentPortKey) this.#put({ ...before, configuredPort: entry === null ? null : textOfValue(entry) });
  }

  #put(hypervisor: KnownHypervisor): void {
    this.#byId.set(hypervisor.hypervisor.id, hypervisor);
  }
}

/** Null too for a record that can't be read. */
function ipOf(id: string, directory: Key, record: KeyValue): string | null {
  try {
    return decodeNode('HYPERVISOR', { id, directory, record }).ip;
  } catch {
    return null;
  }
}
