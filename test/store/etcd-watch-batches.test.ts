import type { IEvent, IWatchResponse } from 'etcd3';
import { describe, expect, it } from 'vitest';
import { BatchAssembler } from '../../src/store/etcd/watch-batches.ts';
import { WatchQueue } from '../../src/store/etcd/watch-queue.ts';
import type { WatchBatch } from '../../src/store/store.ts';

const none = { create_revision: '0', mod_revision: '0', version: '0', value: Buffer.alloc(0), lease: '0' };
const put = (name: string, revision: number, version = 1) => ({
  kv: { ...none, key: Buffer.from(name), mod_revision: String(revision), version: String(version) },
  prev_kv: version === 1 ? null : { ...none, key: Buffer.from(name), mod_revision: '1', version: String(version - 1) },
});
const remove = (name: string, revision: number) => ({
  ...put(name, revision, 2),
  kv: { ...none, key: Buffer.from(name), mod_revision: String(revision) },
});

function response(events: readonly object[], fragment = false): IWatchResponse {
  const header = { cluster_id: '1', member_id: '1', revision: '100', raft_term: '1' };
  // Only what the assembler looks at: etcd3's type of an event knows no missing value before.
  const watched = events as readonly IEvent[];
  return {
    header,
    watch_id: '0',
    created: false,
    canceled: false,
    compact_revision: '0',
    cancel_reason: '',
    fragment,
    events: [...watched],
  };
}

const summary = (batches: readonly WatchBatch[]) =>
  batches.map(({ revision, changes }) => [revision, changes.map(({ key }) => key).join('')]);

describe('BatchAssembler', () => {
  it('makes one batch of each revision, in key order', () => {
    const batches = new BatchAssembler(1).add(response([put('b', 2), put('a', 2), remove('c', 3), put('a', 4, 2)]));
    expect(summary(batches)).toEqual([
      [2, 'ab'],
      [3, 'c'],
      [4, 'a'],
    ]);
  });

  it('holds back a revision that goes on in the next fragment', () => {
    const assembler = new BatchAssembler(1);
    expect(summary(assembler.add(response([put('a', 2), put('c', 3)], true)))).toEqual([[2, 'a']]);
    expect(summary(assembler.add(response([put('b', 3)], true)))).toEqual([]);
    expect(summary(assembler.add(response([put('a', 3), put('a', 4)])))).toEqual([
      [3, 'abc'],
      [4, 'a'],
    ]);
  });

  it('drops what is not behind the revision after which it begins, also where the value before is gone', () => {
    const gone = { ...remove('x', 5), prev_kv: null };
    expect(summary(new BatchAssembler(5).add(response([gone, put('a', 6)])))).toEqual([[6, 'a']]);
  });

  it('takes a missing value before for a history that has gone', () => {
    for (const event of [remove('a', 2), put('a', 2, 2)]) {
      const add = () => new BatchAssembler(1).add(response([{ ...event, prev_kv: null }]));
      expect(add).toThrow(expect.objectContaining({ kind: 'compacted' }));
    }
  });
});

describe('WatchQueue', () => {
  const batch = (revision: number, bytes = 0): WatchBatch => {
    const current = { key: 'a', value: Buffer.alloc(bytes), createRevision: 1, modRevision: revision, version: 1, leaseId: null };
    return { revision, changes: [{ key: 'a', previous: null, current }] };
  };

  it('is full when it holds many batches or many bytes, and tells when it is empty', async () => {
    const many = new WatchQueue();
    for (let revision = 1; !many.isFull; revision++) many.push(batch(revision));
    const large = new WatchQueue();
    for (let revision = 1; !large.isFull; revision++) large.push(batch(revision, 1024 * 1024));
    let empty: boolean = false;
    const emptied = large.untilEmpty().then(() => {
      empty = true;
    });
    for (let revision = 1; !empty; revision++) expect(await large.next()).toMatchObject({ value: { revision } });
    await emptied;
    expect(large.isFull).toBe(false);
  });

  it('gives a failure behind the batches that came before it, once', async () => {
    const queue = new WatchQueue();
    queue.push(batch(1));
    queue.fail(new Error('gone'));
    expect(await queue.next()).toMatchObject({ value: { revision: 1 } });
    await expect(queue.next()).rejects.toThrow('gone');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('settles every waiting call in order', async () => {
    const queue = new WatchQueue();
    const calls = [queue.next(), queue.next(), queue.next()];
    queue.push(batch(1));
    queue.fail(new Error('gone'));
    expect(await Promise.allSettled(calls)).toMatchObject([
      { value: { value: { revision: 1 } } },
      { reason: { message: 'gone' } },
      { value: { done: true } },
    ]);
  });

  it('gives nothing more when it has ended', async () => {
    const queue = new WatchQueue();
    queue.push(batch(1));
    queue.end();
    queue.push(batch(2));
    queue.fail(new Error('late'));
    expect(await queue.next()).toEqual({ done: true, value: undefined });
    await queue.untilEmpty();
  });
});
