import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOverheadBytes, Keyspace, type KeyspaceView, type Update } from '../../src/store/keyspace.ts';
import type { KeyValue } from '../../src/store/store.ts';

const everything = { start: '', end: '\xff\xff' };

function entry(key: string, revision: number, value = `${key}@${revision}`): KeyValue {
  return { key, value: Buffer.from(value), createRevision: revision, modRevision: revision, version: 1, leaseId: null };
}

function put(key: string, revision: number): Update {
  return { key, current: entry(key, revision) };
}

function remove(key: string): Update {
  return { key, current: null };
}

function valuesOf(snapshot: KeyspaceView): string[] {
  return snapshot.list(everything).map((found) => found.value.toString());
}

describe('Keyspace', () => {
  it('begins with entries that keep the revisions they come with, at one revision', () => {
    const entries = [entry('b', 7), entry('a', 3), { ...entry('c', 9), createRevision: 2, version: 5 }];
    const keyspace = new Keyspace({ revision: 12, entries });
    expect([keyspace.compactionRevision, keyspace.revision]).toEqual([12, 12]);
    expect(keyspace.snapshot().list(everything)).toEqual([entries[1], entries[0], entries[2]]);
  });

  it('gives each revision its own state, and tells what led there', () => {
    const keyspace = new Keyspace({ revision: 1 });
    keyspace.apply(2, [put('b', 2), put('a', 2)]);
    keyspace.apply(3, [remove('a'), put('c', 3)]);
    expect([1, 2, 3].map((revision) => valuesOf(keyspace.snapshot(revision)))).toEqual([[], ['a@2', 'b@2'], ['b@2', 'c@3']]);
    expect(keyspace.since(1)).toEqual([
      {
        revision: 2,
        changes: [
          { key: 'a', previous: null, current: entry('a', 2) },
          { key: 'b', previous: null, current: entry('b', 2) },
        ],
      },
      {
        revision: 3,
        changes: [
          { key: 'a', previous: entry('a', 2), current: null },
          { key: 'c', previous: null, current: entry('c', 3) },
        ],
      },
    ]);
    expect(keyspace.since(1, 1).map((batch) => batch.revision)).toEqual([2]);
    expect(keyspace.since(3)).toEqual([]);
  });

  it('takes revisions with gaps, and reads one in a gap as the one before', () => {
    const keyspace = new Keyspace({ revision: 10 });
    keyspace.apply(20, [put('a', 20)]);
    keyspace.apply(30, [put('a', 30)]);
    expect(valuesOf(keyspace.snapshot(29))).toEqual(['a@20']);
    expect(keyspace.snapshot(29).revision).toBe(29);
    expect(valuesOf(keyspace.snapshot(19))).toEqual([]);
    expect(keyspace.since(25).map((batch) => batch.revision)).toEqual([30]);
  });

  it('tells no change where a key is deleted that is not there', () => {
    const keyspace = new Keyspace({ revision: 1 });
    expect(keyspace.apply(2, [remove('a')])).toEqual({ revision: 2, changes: [] });
  });

  it('refuses a revision that is not above the newest', () => {
    const keyspace = new Keyspace({ revision: 5 });
    expect(() => keyspace.apply(5, [])).toThrow(RangeError);
  });

  it('forgets the oldest revisions beyond its limit, and says so', () => {
    const keyspace = new Keyspace({ revision: 1, history: { revisions: 3, bytes: 1e9 } });
    for (let revision = 2; revision <= 10; revision++) {
      keyspace.apply(revision, [put('a', revision)]);
      keyspace.trim();
    }
    expect(keyspace.compactionRevision).toBe(7);
    expect(valuesOf(keyspace.snapshot(7))).toEqual(['a@7']);
    expect(keyspace.since(7).map((batch) => batch.revision)).toEqual([8, 9, 10]);
    const compacted = expect.objectContaining({ code: 'REVISION_COMPACTED', details: { oldestRevision: 7 } });
    expect(() => keyspace.snapshot(6)).toThrow(compacted);
    expect(() => keyspace.since(6)).toThrow(compacted);
    expect(() => keyspace.snapshot(11)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('forgets by bytes too: of keys, of values that were replaced, and of what the tree copies', () => {
    const room = 10 * (changeOverheadBytes + 1 + 1_000);
    const keyspace = new Keyspace({ revision: 1, history: { revisions: 1_000, bytes: room } });
    for (let revision = 2; revision <= 100; revision++) {
      keyspace.apply(revision, [{ key: 'a', current: entry('a', revision, 'x'.repeat(1_000)) }]);
      keyspace.trim();
    }
    expect(keyspace.revision - keyspace.compactionRevision).toBe(10);
  });

  it('keeps what its writer still needs, whatever the limits', () => {
    const keyspace = new Keyspace({ revision: 1, history: { revisions: 1, bytes: 1 } });
    for (let revision = 2; revision <= 10; revision++) {
      keyspace.apply(revision, [put('a', revision)]);
      keyspace.trim(4);
    }
    expect(keyspace.compactionRevision).toBe(4);
    keyspace.trim(9);
    expect(keyspace.compactionRevision).toBe(9);
  });

  it('goes back to an earlier revision, and on from there', () => {
    const keyspace = new Keyspace({ revision: 1 });
    keyspace.apply(2, [put('a', 2)]);
    const seen = keyspace.snapshot();
    keyspace.apply(3, [put('a', 3), put('b', 3)]);
    const undone = keyspace.snapshot();
    keyspace.rollback(2);
    expect(keyspace.revision).toBe(2);
    keyspace.apply(3, [put('c', 3)]);
    expect(valuesOf(keyspace.snapshot())).toEqual(['a@2', 'c@3']);
    expect(valuesOf(seen)).toEqual(['a@2']);
    expect(valuesOf(undone)).toEqual(['a@3', 'b@3']);
    keyspace.trim();
    expect(() => keyspace.rollback(0)).toThrow(RangeError);
  });

  it('keeps a snapshot readable for whoever holds it after its revision was forgotten', () => {
    const keyspace = new Keyspace({ revision: 1, entries: [entry('a', 1)], history: { revisions: 2, bytes: 1e9 } });
    const held = keyspace.snapshot();
    for (let revision = 2; revision <= 50; revision++) {
      keyspace.apply(revision, [put('a', revision), put(`b${revision}`, revision)]);
      keyspace.trim();
    }
    expect(() => keyspace.snapshot(1)).toThrow();
    expect(valuesOf(held)).toEqual(['a@1']);
  });

  it('lists ranges up to a limit and stops a test at the first entry that fails it', () => {
    const keyspace = new Keyspace({ revision: 1, entries: ['a', 'b', 'c', 'd'].map((key) => entry(key, 1)) });
    const snapshot = keyspace.snapshot();
    const keys = (limit?: number) => snapshot.list({ start: 'b', end: 'd' }, limit).map((found) => found.key);
    expect([keys(), keys(1), keys(0), keys(9)]).toEqual([['b', 'c'], ['b'], [], ['b', 'c']]);
    const tested: string[] = [];
    expect(snapshot.every(everything, (found) => tested.push(found.key) < 2)).toBe(false);
    expect(tested).toEqual(['a', 'b']);
    expect(snapshot.every({ start: 'x', end: 'z' }, () => false)).toBe(true);
    expect(snapshot.every({ start: 'a' }, () => false)).toBe(false);
    expect(snapshot.every({ start: 'x' }, () => false)).toBe(true);
  });

  it('never lets a later write show in an earlier revision, over trees of several levels', () => {
    const key = fc.nat(4_000).map((number) => `k${String(number).padStart(4, '0')}`);
    const run = fc.tuple(key, fc.nat(300)).map(([start, length]) => ({ start, length }));
    const change = fc.oneof(
      { weight: 4, arbitrary: fc.record({ puts: fc.array(key, { maxLength: 60 }) }) },
      { weight: 2, arbitrary: fc.record({ deletes: fc.array(key, { maxLength: 60 }) }) },
      { weight: 2, arbitrary: fc.record({ deleteRun: run }) },
      { weight: 1, arbitrary: fc.record({ rollback: fc.integer({ min: 1, max: 5 }) }) },
    );
    const start = Array.from({ length: 2_000 }, (_, index) => `k${String(index * 2).padStart(4, '0')}`);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), (changes) => {
        const keyspace = new Keyspace({ revision: 1, entries: start.map((name) => entry(name, 1)) });
        let states: Map<string, string>[] = [new Map(start.map((name) => [name, `${name}@1`]))];
        for (const step of changes) {
          if ('rollback' in step) {
            states = states.slice(0, Math.max(1, states.length - step.rollback));
            keyspace.rollback(states.length);
            continue;
          }
          const revision = states.length + 1;
          const state = new Map(states.at(-1));
          const deletes =
            'deleteRun' in step
              ? keyspace
                  .snapshot()
                  .list({ start: step.deleteRun.start, end: 'l' }, step.deleteRun.length)
                  .map((found) => found.key)
              : 'deletes' in step
                ? step.deletes
                : [];
          const puts = 'puts' in step ? step.puts : [];
          for (const name of deletes) state.delete(name);
          for (const name of puts) state.set(name, `${name}@${revision}`);
          keyspace.apply(revision, [...deletes.map(remove), ...puts.map((name) => put(name, revision))]);
          states.push(state);
        }
        for (const [index, state] of states.entries()) {
          const expected = [...state].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
          expect(valuesOf(keyspace.snapshot(index + 1))).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });
});
