import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeProgress } from '../../src/store/etcd/range-progress.ts';
import { splitPoints } from '../../src/store/etcd/split-points.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { KeyValue } from '../../src/store/store.ts';

const folder = 'lochness/guests/';
const pageEntries = 1000;

function entry(key: string): KeyValue {
  return { key, value: Buffer.alloc(0), createRevision: 1, modRevision: 1, version: 1, leaseId: null };
}

/** The keys of a folder with so many names, which are spread as UUIDs are. */
function spreadKeys(count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => createHash('sha256').update(String(index)).digest('hex'));
  return names.map((name) => `${folder}${name}/metadata`).sort((left, right) => (left < right ? -1 : 1));
}

describe('splitPoints', () => {
  it('cuts what is left of a folder of UUIDs into parts of less than a page each', () => {
    const keys = spreadKeys(50_000);
    const next = `${keys[pageEntries - 1]}\0`;
    const points = splitPoints({ start: folder, entriesRead: pageEntries, next, partEntries: pageEntries });
    const bounds = [next, ...points, `${folder}g`];
    const sizes = points.map((point, index) => keys.filter((key) => key >= (bounds[index] ?? '') && key < point).length);
    expect(points.length).toBeGreaterThan(49);
    expect(points.length).toBeLessThan(70);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(pageEntries);
  });

  it('cuts nothing where names are no UUIDs, or where all of them begin alike', () => {
    const long = { start: 'config/', entriesRead: 1000, partEntries: 1000 };
    expect(splitPoints({ ...long, next: 'config/dhcp' })).toEqual([]);
    expect(splitPoints({ ...long, next: 'config/00001' })).toEqual([]);
  });
});

describe('a range whose rest is split', () => {
  it('has parts that follow one another from where it stopped to its end, whatever its keys are', () => {
    const name = fc.oneof(fc.stringMatching(/^[0-9a-f]{1,8}$/), fc.stringMatching(/^[ -~]{1,6}$/));
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (text, read, partEntries) => {
        const range = prefixRange(folder);
        const progress = new RangeProgress(range);
        progress.add({ entries: Array.from({ length: read }, () => entry(folder + text)), more: true });
        const rest = progress.rest();
        const parts = progress.splitRest(partEntries).map((part) => part.rest());
        if (parts.length === 0) return;
        expect(parts[0]?.start).toBe(rest.start);
        expect(parts.at(-1)?.end).toBe(range.end);
        expect(parts.slice(1).map(({ start }) => start)).toEqual(parts.slice(0, -1).map(({ end }) => end));
        expect(parts.every(({ start, end }) => end !== undefined && start < end)).toBe(true);
        expect(progress.isComplete).toBe(true);
      }),
    );
  });
});
