import type { Key } from '../range.ts';
import type { KeyValue, LeaseId, Revision } from '../store.ts';

const slabBytes = 1024 * 1024;

/**
 * The same entries in half the room. What is read comes as parts of large messages, keys and all, and each value is a Buffer of its own:
 * so values are copied together, and each gets its Buffer when somebody asks for it.
 */
export function compactEntries(entries: readonly KeyValue[]): readonly KeyValue[] {
  let slab = Buffer.alloc(0);
  let used = 0;
  return entries.map((entry) => {
    const { value } = entry;
    if (value.length > slab.length - used) {
      slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, value.length));
      used = 0;
    }
    const start = used;
    used += value.copy(slab, used);
    return new CompactEntry(entry, { slab, start, end: used });
  });
}

interface Place {
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
}

class CompactEntry implements KeyValue {
  readonly key: Key;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly version: number;
  readonly leaseId: LeaseId | null;
  readonly #slab: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor({ key, createRevision, modRevision, version, leaseId }: KeyValue, { slab, start, end }: Place) {
    this.key = key;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
    this.leaseId = leaseId;
    this.#slab = slab;
    this.#start = start;
    this.#end = end;
  }

  get value(): Buffer {
    return this.#slab.subarray(this.#start, this.#end);
  }
}
