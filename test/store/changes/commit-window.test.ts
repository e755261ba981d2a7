import { describe, expect, it } from 'vitest';
import { Commit } from '../../../src/store/changes/commit.ts';
import { CommitWindow } from '../../../src/store/changes/commit-window.ts';
import { nodeChangesOf } from '../../../src/store/changes/node-change.ts';
import { openKeys } from '../../../src/store/keys.ts';
import { openNodeOfKey } from '../../../src/store/node-of-key.ts';
import type { WatchBatch } from '../../../src/store/store.ts';

const keys = openKeys('p/');
const nodeOfKey = openNodeOfKey(keys);

function commitOf(batch: WatchBatch): Commit {
  const look = () => Promise.reject(new Error('Nothing is read here'));
  return new Commit(batch, { keys, changes: nodeChangesOf(batch, nodeOfKey), look });
}

function commit(revision: number, valueBytes = 1): Commit {
  const value = Buffer.alloc(valueBytes);
  const current = { key: 'p/config/a', value, createRevision: 1, modRevision: revision, version: 1, leaseId: null };
  return commitOf({ revision, changes: [{ key: current.key, previous: null, current }] });
}

const revisions = (commits: readonly Commit[] | null) => commits?.map(({ revision }) => revision) ?? null;

describe('A window of commits', () => {
  it('has all that came, behind any revision from where it begins', () => {
    const window = new CommitWindow(10);
    for (const revision of [11, 13, 17]) window.add(commit(revision));
    expect(revisions(window.after(10, 9))).toEqual([11, 13, 17]);
    expect(revisions(window.after(11, 9))).toEqual([13, 17]);
    expect(revisions(window.after(12, 1))).toEqual([13]);
    expect(revisions(window.after(17, 9))).toEqual([]);
    expect(window.after(9, 9)).toBeNull();
  });

  it('knows how far it reaches also where nothing happened', () => {
    const window = new CommitWindow(10);
    window.add(commitOf({ revision: 20, changes: [] }));
    expect([window.low, window.high]).toEqual([10, 20]);
    expect(revisions(window.after(10, 9))).toEqual([]);
  });

  it('forgets the oldest of too many, and says so to who needs them', () => {
    const window = new CommitWindow(0);
    for (let revision = 1; revision <= 30_000; revision++) window.add(commit(revision));
    expect(window.low).toBeGreaterThan(20_000);
    expect(revisions(window.after(window.low, 2))).toEqual([window.low + 1, window.low + 2]);
    expect(window.after(window.low - 1, 1)).toBeNull();
    expect(revisions(window.after(29_999, 9))).toEqual([30_000]);
  });

  it('forgets the oldest of too large ones', () => {
    const window = new CommitWindow(0);
    for (let revision = 1; revision <= 40; revision++) window.add(commit(revision, 1024 * 1024));
    expect(window.low).toBeGreaterThan(20);
    expect(revisions(window.after(39, 9))).toEqual([40]);
  });
});
