import type { Key } from '../range.ts';

/**
 * Finds keys that come twice among millions, without keeping the keys: 8 bytes each.
 *
 * It keeps a hash of each key. Equal keys have equal hashes, so the keys that come twice are among those whose hash comes twice.
 * Different keys may share a hash too, by chance or by design: `mayRepeat` says which keys to compare themselves, in a second
 * pass over the input.
 */
export class DuplicateFinder {
  #hashes = new Float64Array(1024);
  #count = 0;

  add(key: Key): void {
    if (this.#count === this.#hashes.length) {
      const larger = new Float64Array(this.#hashes.length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#count++] = hashOf(key);
  }

  /** To be asked when all keys are in: null when no key comes twice, else whether a key may be one that does. */
  finish(): ((key: Key) => boolean) | null {
    const sorted = this.#hashes.subarray(0, this.#count).sort();
    const repeated = new Set<number>();
    for (let index = 1; index < sorted.length; index++) {
      const hash = sorted[index];
      if (hash !== undefined && hash === sorted[index - 1]) repeated.add(hash);
    }
    return repeated.size === 0 ? null : (key) => repeated.has(hashOf(key));
  }
}

/** 53 bits: two multiplicative hashes of 32 bits, mixed and cut to what a double holds exactly. */
function hashOf(key: Key): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let index = 0; index < key.length; index++) {
    const byte = key.charCodeAt(index);
    high = Math.imul(high ^ byte, 0x9e3779b1);
    low = Math.imul(low ^ byte, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}
