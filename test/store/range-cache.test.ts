import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversRange, isInRange, keyRange, prefixRange, type Range } from '../../src/store/range.ts';
import { RangeCache } from '../../src/store/range-cache.ts';
import type { KeyValue } from '../../src/store/store.ts';

function entry(key: string): KeyValue {
  return { key, value: Buffer.from(key), createRevision: 1, modRevision: 1, version: 1, leaseId: null };
}

/** What a store that holds `keys` answers. */
function read(keys: readonly string[], ranges: readonly Range[]): KeyValue[][] {
  return ranges.map((range) =>
    [...keys]
      .sort((left, right) => (left < right ? -1 : 1))
      .filter((key) => isInRange(key, range))
      .map(entry),
  );
}

function keysOf(entries: readonly KeyValue[]): string[] {
  return entries.map(({ key }) => key);
}

const all = ['a/1/m', 'a/1/s', 'a/2/m', 'b/1', 'b/10', 'b/2'];

describe('RangeCache', () => {
  it('asks for each range once and leaves out what lies in another one', () => {
    const cache = new RangeCache();
    const missing = cache.missing([keyRange('a/1/m'), prefixRange('a/'), prefixRange('a/1/'), keyRange('b/1'), keyRange('b/1')]);
    expect(missing).toEqual([prefixRange('a/'), keyRange('b/1')]);
  });

  it('answers a part of a range that was read without another read', () => {
    const cache = new RangeCache();
    cache.add([prefixRange('a/')], read(all, [prefixRange('a/')]));
    expect(cache.missing([prefixRange('a/1/'), keyRange('a/2/m'), keyRange('a/3')])).toEqual([]);
    expect(keysOf(cache.entries(prefixRange('a/1/')))).toEqual(['a/1/m', 'a/1/s']);
    expect(keysOf(cache.entries(keyRange('a/2/m')))).toEqual(['a/2/m']);
    expect(keysOf(cache.entries(keyRange('a/3')))).toEqual([]);
  });

  it('remembers that a key is absent', () => {
    const cache = new RangeCache();
    cache.add([keyRange('z')], [[]]);
    expect(cache.missing([keyRange('z')])).toEqual([]);
    expect(cache.entries(keyRange('z'))).toEqual([]);
  });

  it('does not take a key for a range that begins with it', () => {
    const cache = new RangeCache();
    cache.add([keyRange('b/1')], read(all, [keyRange('b/1')]));
    expect(cache.missing([prefixRange('b/1')])).toEqual([prefixRange('b/1')]);
  });

  it('keeps the whole when a part of it comes back later', () => {
    const cache = new RangeCache();
    for (const range of [prefixRange('a/'), prefixRange('a/1/')]) cache.add([range], read(all, [range]));
    expect(cache.missing([prefixRange('a/'), prefixRange('a/2/')])).toEqual([]);
    expect(keysOf(cache.entries(prefixRange('a/2/')))).toEqual(['a/2/m']);
  });

  it('gives the same answers as the store for any mix of keys and prefixes', () => {
    const part = fc.constantFrom('a', 'b', 'c', '/', 'ÿ');
    const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    const prefix = key.filter((text) => !/^ÿ+$/.test(text)).map(prefixRange);
    const range = fc.oneof(key.map(keyRange), prefix);
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 20 }),
        fc.array(fc.array(range, { maxLength: 6 }), { maxLength: 6 }),
        (keys, waves) => {
          const cache = new RangeCache();
          for (const wanted of waves) {
            const missing = cache.missing(wanted);
            for (const one of missing) expect(missing.some((other) => other !== one && coversRange(other, one))).toBe(false);
            cache.add(missing, read(keys, missing));
            expect(wanted.map((one) => keysOf(cache.entries(one)))).toEqual(read(keys, wanted).map(keysOf));
          }
        },
      ),
    );
  });
});
