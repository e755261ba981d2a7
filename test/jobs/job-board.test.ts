import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JobBoard } from '../../src/jobs/job-board.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { folderRange, openKeys } from '../../src/store/keys.ts';
import { keyRange } from '../../src/store/range.ts';
import type { KeyValue, Revision, Watch, WatchBatch, Write } from '../../src/store/store.ts';
import { id, jobRecord } from '../support/record.ts';

const keys = openKeys('lochness/');
const range = folderRange(keys, 'JOB');
const [guest, other] = [id('c', 1), id('c', 2)] as const;

interface Fields {
  readonly guest?: string;
  readonly action?: string;
  readonly status?: string;
  readonly created_at?: string;
}

function job(number: number, createRevision: Revision, fields: Fields = {}, modRevision = createRevision): KeyValue {
  return entry(`lochness/jobs/${id('0', number)}`, jobRecord({ id: id('0', number), ...fields }), createRevision, modRevision);
}

function lock(number: number, revision: Revision): KeyValue {
  return entry(`lochness/jobs/${id('0', number)}.lock`, 'a gateway', revision);
}

function entry(key: string, value: string, createRevision: Revision, modRevision = createRevision): KeyValue {
  return { key, value: Buffer.from(value), createRevision, modRevision, version: 1, leaseId: null };
}

const put = (current: KeyValue) => ({ key: current.key, previous: null, current });
const gone = (previous: KeyValue) => ({ key: previous.key, previous, current: null });

/** A board, and the guests that it told of since they were last asked for. */
function openBoard(entries: readonly KeyValue[] = [], revision: Revision = 1) {
  let told: string[] = [];
  const board = new JobBoard(keys, (guestId) => told.push(guestId));
  board.reset(entries, revision);
  return {
    board,
    nextOf: (guestId: string) => board.nextOf(guestId)?.job.id ?? null,
    takeTold() {
      const taken = told;
      told = [];
      return taken.sort();
    },
  };
}

describe('the board', () => {
  it('knows nothing before it is filled, and then everything up to the revision that it was filled with', () => {
    const empty = new JobBoard(keys, () => undefined);
    expect([empty.revision, empty.nextOf(guest), empty.hasUnfinished(guest)]).toEqual([0, null, false]);
    const { board } = openBoard([], 7);
    expect(board.revision).toBe(7);
    board.apply({ revision: 9, changes: [put(job(1, 9))] });
    expect(board.revision).toBe(9);
  });

  it('gives the jobs of a guest in the order in which they came into being, and then by id', () => {
    const entries = [job(1, 30), job(2, 20), job(4, 10), job(3, 10)];
    const { board, nextOf } = openBoard(entries);
    const order = [3, 4, 2, 1];
    for (const number of order) {
      expect(nextOf(guest)).toBe(id('0', number));
      board.apply({ revision: 40 + number, changes: [put(job(number, 10, { status: 'done' }, 40 + number))] });
    }
    expect([nextOf(guest), board.hasUnfinished(guest), board.guestCount]).toEqual([null, false, 0]);
  });

  it('goes by when a job came into being and not by its last change: one that is tried again keeps its place', () => {
    const { board, nextOf } = openBoard([job(1, 10, { status: 'error' }), job(2, 20)]);
    expect(nextOf(guest)).toBe(id('0', 2));
    board.apply({ revision: 30, changes: [put(job(1, 10, { status: 'new' }, 30))] });
    expect(nextOf(guest)).toBe(id('0', 1));
  });

  it('gives none of a guest while somebody works on one of its jobs', () => {
    const { board, nextOf } = openBoard([job(1, 10), job(2, 20), job(3, 15, { guest: other })]);
    board.apply({ revision: 30, changes: [put(lock(2, 30))] });
    expect([nextOf(guest), nextOf(other), board.hasUnfinished(guest)]).toEqual([null, id('0', 3), true]);
    board.apply({ revision: 31, changes: [gone(lock(2, 30))] });
    expect(nextOf(guest)).toBe(id('0', 1));
  });

  it('takes no heed of the lock of a job that is over, and none of a lock without a job', () => {
    const { nextOf } = openBoard([job(1, 10, { status: 'done' }), lock(1, 11), job(2, 20), lock(9, 12)]);
    expect(nextOf(guest)).toBe(id('0', 2));
  });

  it('knows a lock that it heard of before its job', () => {
    const { board, nextOf } = openBoard([lock(1, 5)]);
    board.apply({ revision: 10, changes: [put(job(1, 10))] });
    expect(nextOf(guest)).toBeNull();
    board.apply({ revision: 11, changes: [gone(lock(1, 5))] });
    expect(nextOf(guest)).toBe(id('0', 1));
  });

  it("leaves alone what is another tool's, what has no status that it knows, and what it can't read", () => {
    const { board, nextOf } = openBoard([
      job(1, 1, { action: 'select-hypervisor' }),
      lock(1, 2),
      job(2, 3, { status: '' }),
      job(3, 4, { status: 'paused' }),
      job(4, 5, { guest: 'nobody' }),
      entry(`lochness/jobs/${id('0', 5)}`, '{', 6),
      entry('lochness/jobs/no-uuid', jobRecord(), 7),
      job(6, 8, { action: 'start' }),
    ]);
    expect([nextOf(guest), board.guestCount]).toEqual([id('0', 6), 1]);
  });

  it('takes jobs as the Go tools write them, also under an id in upper case', () => {
    const key = `lochness/jobs/${id('a', 1).toUpperCase()}`;
    const { board } = openBoard([entry(key, jobRecord({ action: 'shutdown', status: 'NEW' }), 3)]);
    expect(board.nextOf(guest)).toBeNull();
    board.apply({ revision: 4, changes: [put(entry(key, jobRecord({ action: 'shutdown' }), 3, 4))] });
    expect(board.nextOf(guest)).toMatchObject({ key, lockKey: `${key}.lock`, job: { id: id('a', 1), createdAt: null } });
    board.apply({ revision: 5, changes: [put(entry(`${key}.lock`, '', 5))] });
    expect(board.nextOf(guest)).toBeNull();
  });

  it('tells of each guest once whose jobs or locks changed, and of no other', () => {
    const { board, takeTold } = openBoard([job(1, 10), job(2, 10, { guest: other })]);
    expect(takeTold()).toEqual([guest, other]);
    board.apply({ revision: 11, changes: [put(lock(1, 11)), put(job(3, 11))] });
    expect(takeTold()).toEqual([guest]);
    board.apply({
      revision: 12,
      changes: [put(job(4, 12, { status: 'done' })), put(job(5, 12, { action: 'select-hypervisor' }))],
    });
    expect(takeTold()).toEqual([]);
    board.apply({ revision: 13, changes: [put(job(1, 10, { guest: other }, 13))] });
    expect(takeTold()).toEqual([guest, other]);
    board.apply({ revision: 14, changes: [gone(job(2, 10, { guest: other }))] });
    expect(takeTold()).toEqual([other]);
  });

  it('tells of all guests of before and after when it is filled anew', () => {
    const { board, nextOf, takeTold } = openBoard([job(1, 10), lock(1, 11)]);
    takeTold();
    board.reset([job(2, 20, { guest: other })], 30);
    expect(takeTold()).toEqual([guest, other]);
    expect([nextOf(guest), nextOf(other), board.revision]).toEqual([null, id('0', 2), 30]);
    board.reset([job(1, 10)], 40);
    expect(nextOf(guest)).toBe(id('0', 1));
  });

  it('gives a job that changed as another one: what was found out of the old one no longer counts', () => {
    const { board } = openBoard([job(1, 10)]);
    const before = board.nextOf(guest);
    board.apply({ revision: 11, changes: [put(lock(1, 11))] });
    board.apply({ revision: 12, changes: [gone(lock(1, 11))] });
    expect(board.nextOf(guest)).toBe(before);
    board.apply({ revision: 13, changes: [put(job(1, 10, {}, 13))] });
    expect(board.nextOf(guest)).not.toBe(before);
  });

  it('knows what the newest job was that ended well', () => {
    const { board } = openBoard([
      job(1, 10, { action: 'create', status: 'done' }),
      job(2, 30, { action: 'suspend', status: 'done' }),
      job(3, 20, { action: 'shutdown', status: 'done' }),
      job(4, 40, { action: 'start', status: 'error' }),
      job(5, 50, { action: 'select-hypervisor', status: 'done' }),
    ]);
    expect([board.lastDoneOf(guest), board.lastDoneOf(other)]).toEqual(['suspend', null]);
    board.apply({ revision: 60, changes: [put(job(4, 40, { action: 'start', status: 'done' }, 60))] });
    expect(board.lastDoneOf(guest)).toBe('start');
    board.apply({ revision: 61, changes: [gone(job(4, 40, { action: 'start', status: 'done' }, 60))] });
    expect(board.lastDoneOf(guest)).toBe('start');
  });

  it('forgets that of a guest that was deleted', () => {
    const { board } = openBoard([job(1, 10, { action: 'create', status: 'done' })]);
    expect(board.lastDoneOf(guest)).toBe('create');
    board.apply({ revision: 60, changes: [put(job(2, 50, { action: 'delete', status: 'done' }, 60))] });
    expect(board.lastDoneOf(guest)).toBeNull();
  });

  it('forgets it too when it is filled anew, in whatever order the jobs of the guest lie', () => {
    const created = job(2, 10, { action: 'create', status: 'done' });
    const deleted = job(1, 50, { action: 'delete', status: 'done' });
    const { board } = openBoard([deleted, created]);
    expect(board.lastDoneOf(guest)).toBeNull();
    board.reset([created], 60);
    expect(board.lastDoneOf(guest)).toBe('create');
    board.reset([], 70);
    expect(board.lastDoneOf(guest)).toBeNull();
  });
});

const numbers = [1, 2, 3, 4] as const;
const guests = [guest, other, 'nobody'] as const;

type Change =
  | { readonly type: 'put'; readonly number: number; readonly fields: Fields }
  | { readonly type: 'remove' | 'lock' | 'unlock' | 'break'; readonly number: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    type: fc.constant('put' as const),
    number: fc.constantFrom(...numbers),
    fields: fc.record({
      guest: fc.constantFrom(...guests),
      action: fc.constantFrom('create', 'start', 'select-hypervisor'),
      status: fc.constantFrom('new', 'working', 'done', 'error', ''),
    }),
  }),
  fc.record({
    type: fc.constantFrom('remove' as const, 'lock' as const, 'unlock' as const, 'break' as const),
    number: fc.constantFrom(...numbers),
  }),
);

function writeOf(change: Change): Write {
  const key = `lochness/jobs/${id('0', change.number)}`;
  switch (change.type) {
    case 'put':
      return { type: 'put', key, value: Buffer.from(jobRecord({ ...change.fields })) };
    case 'break':
      return { type: 'put', key, value: Buffer.from('{') };
    case 'remove':
      return { type: 'delete', range: keyRange(key) };
    case 'lock':
      return { type: 'put', key: `${key}.lock`, value: Buffer.from('a gateway') };
    case 'unlock':
      return { type: 'delete', range: keyRange(`${key}.lock`) };
  }
}

/** One of the changes for each key: a commit writes a key once. */
function writesOf(changes: readonly Change[]): Write[] {
  const writes = new Map(changes.map((one) => [keyOf(writeOf(one)), writeOf(one)]));
  return [...writes.values()];
}

function keyOf(write: Write): string {
  return write.type === 'put' ? write.key : write.range.start;
}

function shownBy(board: JobBoard) {
  return {
    guestCount: board.guestCount,
    guests: guests.map((guestId) => [board.hasUnfinished(guestId), board.nextOf(guestId)]),
  };
}

async function nextBatch(batches: AsyncIterator<WatchBatch>): Promise<WatchBatch> {
  const { value, done } = await batches.next();
  if (done === true) throw new Error('The watch ended');
  return value;
}

describe('a board that is told of commits', () => {
  it('shows after each of them what one shows that is filled then, and tells of each guest of whom it shows something else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), async (commits) => {
        const store = openMemoryStore({ log: silentLog });
        const told = new Set<string>();
        const board = new JobBoard(keys, (guestId) => told.add(guestId));
        const { revision } = await store.read({ ranges: [range] });
        board.reset([], revision);
        const watch: Watch = await store.watch({ range, after: revision });
        const batches = watch[Symbol.asyncIterator]();
        for (const changes of commits) {
          const before = guests.map((guestId) => board.nextOf(guestId));
          const { results, revision: newest } = await commitAndRead(writesOf(changes));
          told.clear();
          if (newest > board.revision) board.apply(await nextBatch(batches));
          const anew = new JobBoard(keys, () => undefined);
          anew.reset(results, newest);
          expect(shownBy(board)).toEqual(shownBy(anew));
          expect(board.revision).toBe(newest);
          const changed = guests.filter((guestId, index) => board.nextOf(guestId) !== before[index]);
          expect(changed.filter((guestId) => !told.has(guestId))).toEqual([]);
        }
        await watch.close();
        await store.close();

        async function commitAndRead(writes: readonly Write[]) {
          await store.commit({ compares: [], writes });
          const read = await store.read({ ranges: [range] });
          return { results: read.results[0]?.entries ?? [], revision: read.revision };
        }
      }),
      { numRuns: 300 },
    );
  });
});
