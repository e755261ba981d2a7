import { setImmediate as nextTick } from 'node:timers/promises';
import { decodeNode } from '../store/decode-node.ts';
import { nameOf } from '../store/directory.ts';
import type { Follower } from '../store/follow.ts';
import { type Keys, recordName, subkeys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import type { KeyValue, Revision, WatchBatch } from '../store/store.ts';

/** What is known of a guest: as much as it takes to compare its state, and to guard that. */
export interface KnownGuest {
  readonly id: string;
  readonly directory: Key;
  /** Null for one that is on none, and for one whose record can't be read. */
  readonly hypervisorId: string | null;
  /** Of its record; 0 without one. */
  readonly recordRevision: Revision;
  readonly state: KeyValue | null;
  readonly jobs: KeyValue | null;
}

/** Filling it gives way to others this often. */
const sliceMs = 10;

/** Which guests are on which hypervisor, and in which state, as the store last told. */
export class GuestModel implements Follower {
  readonly #keys: Keys;
  readonly #byDirectory = new Map<Key, KnownGuest>();
  readonly #byHypervisor = new Map<string, Map<Key, KnownGuest>>();
  #newestJobs: Revision = 0;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Of the newest `jobs` key that a guest was ever seen with: who knows all jobs up to there knows those that it tells of. */
  get newestJobs(): Revision {
    return this.#newestJobs;
  }

  /** Those that have guests, whether there is a record of them or not. */
  get hypervisorIds(): readonly string[] {
    return [...this.#byHypervisor.keys()];
  }

  guestsOn(hypervisorId: string): readonly KnownGuest[] {
    return [...(this.#byHypervisor.get(hypervisorId)?.values() ?? [])];
  }

  async reset(entries: readonly KeyValue[]): Promise<void> {
    this.#byDirectory.clear();
    this.#byHypervisor.clear();
    let sliceEnd = performance.now() + sliceMs;
    for (const entry of entries) {
      this.#set(entry.key, entry);
      if (performance.now() < sliceEnd) continue;
      await nextTick();
      sliceEnd = performance.now() + sliceMs;
    }
  }

  apply({ changes }: WatchBatch): void {
    for (const { key, current } of changes) this.#set(key, current);
  }

  #set(key: Key, entry: KeyValue | null): void {
    const folder = this.#keys.folder('GUEST');
    const slash = key.indexOf('/', folder.length);
    const id = nameOf('GUEST', key.slice(folder.length, slash));
    if (slash < 0 || id === null) return;
    const directory = key.slice(0, slash + 1);
    const subkey = key.slice(slash + 1);
    if (subkey === subkeys.jobs) this.#newestJobs = Math.max(this.#newestJobs, entry?.modRevision ?? 0);
    const before = this.#byDirectory.get(directory) ?? { id, directory, ...nothing };
    if (subkey === recordName) {
      const hypervisorId = entry === null ? null : hypervisorIdOf(id, directory, entry);
      this.#put({ ...before, hypervisorId, recordRevision: entry?.modRevision ?? 0 });
    } else if (subkey === subkeys.state || subkey === subkeys.jobs) {
      this.#put({ ...before, [subkey]: entry });
    }
  }

  #put(guest: KnownGuest): void {
    const { directory, hypervisorId } = guest;
    const was = this.#byDirectory.get(directory)?.hypervisorId ?? null;
    if (was !== null && was !== hypervisorId) this.#leave(directory, was);
    if (guest.recordRevision === 0 && guest.state === null && guest.jobs === null) this.#byDirectory.delete(directory);
    else this.#byDirectory.set(directory, guest);
    if (hypervisorId === null) return;
    const there = this.#byHypervisor.get(hypervisorId) ?? new Map();
    this.#byHypervisor.set(hypervisorId, there.set(directory, guest));
  }

  #leave(directory: Key, hypervisorId: string): void {
    const there = this.#byHypervisor.get(hypervisorId);
    there?.delete(directory);
    if (there?.size === 0) this.#byHypervisor.delete(hypervisorId);
  }
}

const nothing = { hypervisorId: null, recordRevision: 0, state: null, jobs: null } as const;

function hypervisorIdOf(id: string, directory: Key, record: KeyValue): string | null {
  try {
    return decodeNode('GUEST', { id, directory, record }).hypervisorId;
  } catch {
    return null;
  }
}
