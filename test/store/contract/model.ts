import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInRange, type Range } from '../../../src/store/range.ts';
import type { Compare, KeyValue, Revision, Write } from '../../../src/store/store.ts';
import type { Space } from './space.ts';
import { batchesUntil } from './watches.ts';

type State = ReadonlyMap<string, KeyValue>;

const names = ['a', 'a/1', 'a/2', 'a\xff', 'b', 'b/1', '\xff'] as const;
const name = fc.constantFrom(...names);
const range = fc.oneof(
  name.map((start) => ({ start })),
  fc.tuple(name, name).map(([one, other]) => (one < other ? { start: one, end: other } : { start: other, end: `${one}\x00` })),
);
const operator = fc.constantFrom('=' as const, '!=' as const, '<' as const, '>' as const);
const value = fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes));
/** Revisions are given as steps back from the newest, since a store does not begin at 1. */
const compare = fc.oneof(
  fc.record({ target: fc.constant('value' as const), range, is: operator, value }),
  fc.record({ target: fc.constant('version' as const), range, is: operator, number: fc.nat(3) }),
  fc.record({
    target: fc.constantFrom('createRevision' as const, 'modRevision' as const),
    range,
    is: operator,
    stepsBack: fc.nat(4),
  }),
);
const write = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('put' as const), key: name, value }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), range }) },
);
const step = fc.record({ compares: fc.array(compare, { maxLength: 2 }), writes: fc.array(write, { maxLength: 4 }) });

/** The trivial model: the whole map, copied for every revision. */
class Model {
  readonly states: { revision: Revision; state: State }[];

  constructor(revision: Revision) {
    this.states = [{ revision, state: new Map() }];
  }

  get newest(): State {
    return this.states.at(-1)?.state ?? new Map();
  }

  inRange(range: Range): KeyValue[] {
    return entriesOf(this.newest).filter((entry) => isInRange(entry.key, range));
  }

  holds(compare: Compare): boolean {
    const present = this.inRange(compare.range);
    if (compare.target === 'value') {
      return present.length > 0 && present.every((entry) => isTrue(entry.value.compare(compare.value), compare.is));
    }
    const { target, number, is } = compare;
    const actual = present.length === 0 ? [0] : present.map((entry) => entry[target]);
    return actual.every((candidate) => isTrue(candidate - number, is));
  }

  /** Whether a key of `writes` would change if all of them were applied. */
  changes(writes: readonly Write[]): boolean {
    return writes.some((write) => write.type === 'put' || this.inRange(write.range).length > 0);
  }

  apply(writes: readonly Write[], revision: Revision): void {
    const state = new Map(this.newest);
    for (const write of writes) {
      if (write.type === 'delete') {
        for (const entry of this.inRange(write.range)) state.delete(entry.key);
      } else {
        const before = this.newest.get(write.key);
        state.set(write.key, {
          key: write.key,
          value: write.value,
          createRevision: before?.createRevision ?? revision,
          modRevision: revision,
          version: (before?.version ?? 0) + 1,
          leaseId: null,
        });
      }
    }
    this.states.push({ revision, state });
  }
}

function isTrue(order: number, is: '=' | '!=' | '<' | '>'): boolean {
  return { '=': order === 0, '!=': order !== 0, '<': order < 0, '>': order > 0 }[is];
}

function entriesOf(state: State): KeyValue[] {
  return [...state.values()].toSorted((left, right) => (left.key < right.key ? -1 : 1));
}

/** Drops writes to keys that an earlier write of the transaction has already written: a store refuses such transactions. */
function withoutDoubles(writes: readonly Write[]): Write[] {
  const kept: Write[] = [];
  const clash = (one: Write, other: Write) => {
    if (one.type === 'put') return isInRange(one.key, other.type === 'put' ? { start: other.key } : other.range);
    return other.type === 'put' && isInRange(other.key, one.range);
  };
  for (const candidate of writes) if (!kept.some((earlier) => clash(candidate, earlier))) kept.push(candidate);
  return kept;
}

export function modelContract(open: () => Space): void {
  describe('random transactions against a model', () => {
    it('read the same at every revision, and the watch log replays to the same states', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
          const space = open();
          const lift = (short: Range): Range => ({
            start: space.key(short.start),
            ...(short.end === undefined ? {} : { end: space.key(short.end) }),
          });
          const start = await space.put('first', '');
          const model = new Model(await space.remove('first'));
          let newest = model.states[0]?.revision ?? start;

          for (const { compares, writes } of steps) {
            const lifted = compares.map((one): Compare => {
              if ('stepsBack' in one)
                return { target: one.target, range: lift(one.range), is: one.is, number: newest - one.stepsBack };
              return { ...one, range: lift(one.range) };
            });
            const kept = withoutDoubles(writes).map(
              (one): Write => (one.type === 'put' ? { ...one, key: space.key(one.key) } : { ...one, range: lift(one.range) }),
            );
            const result = await space.store.commit({
              compares: lifted,
              writes: kept,
              onSuccess: [space.all],
              onFailure: [space.all],
            });
            const committed = lifted.every((one) => model.holds(one));
            expect(result.committed).toBe(committed);
            if (committed && model.changes(kept)) {
              expect(result.revision).toBeGreaterThan(newest);
              newest = result.revision;
              model.apply(kept, newest);
            }
            expect(result.reads[0]).toEqual(entriesOf(model.newest));
          }

          for (const { revision, state } of model.states) {
            const { results } = await space.store.read({ at: revision, ranges: [space.all] });
            expect(results[0]?.entries).toEqual(entriesOf(state));
          }

          const watch = await space.store.watch({ range: space.all, after: start });
          const batches = await batchesUntil(watch, newest);
          await watch.close();
          expect(batches.map((batch) => batch.revision)).toEqual(model.states.map(({ revision }) => revision));
          const replayed = new Map<string, KeyValue>();
          for (const [index, batch] of batches.slice(1).entries()) {
            for (const { key, previous, current } of batch.changes) {
              expect(previous).toEqual(replayed.get(key) ?? null);
              if (current === null) replayed.delete(key);
              else replayed.set(key, current);
            }
            expect(entriesOf(replayed)).toEqual(entriesOf(model.states[index + 1]?.state ?? new Map()));
          }
        }),
        { numRuns: 40 },
      );
    }, 120_000);
  });
}
