import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { EmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { waitingCommitsLimit } from '../../src/store/embedded/flush-queue.ts';
import { type Journal, type JournalRecord, NothingWrittenError } from '../../src/store/embedded/journal.ts';
import { type Compare, OutcomeUnknownError, type Watch } from '../../src/store/store.ts';

/** A disk whose every write waits until the test says how it ended. */
class ScriptedJournal implements Journal {
  readonly groups: (readonly JournalRecord[])[] = [];
  closed = false;
  readonly #finish: ((error: Error | null) => void)[] = [];
  #onWrite: () => void = () => undefined;

  write(records: readonly JournalRecord[]): Promise<void> {
    this.groups.push(records);
    return new Promise((resolve, reject) => {
      this.#finish.push((error) => (error === null ? resolve() : reject(error)));
      this.#onWrite();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** Ends the write that is under way, once there is one. */
  async finish(error: Error | null = null): Promise<void> {
    while (this.#finish.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onWrite = resolve;
      });
    }
    this.#finish.shift()?.(error);
  }
}

const all = { start: '\x00', end: '\xff' };
const diskFull = new NothingWrittenError('no space left on device');

function openScripted() {
  const journal = new ScriptedJournal();
  const store = new EmbeddedStore({ revision: 10, journal, log: silentLog });
  const put = (key: string, value: string, ...compares: Compare[]) =>
    store.commit({ compares, writes: [{ type: 'put', key, value: Buffer.from(value) }], onSuccess: [all], onFailure: [all] });
  const texts = async () => {
    const { revision, results } = await store.read({ ranges: [all] });
    return [revision, ...(results[0]?.entries.map((entry) => `${entry.key}=${entry.value.toString()}`) ?? [])];
  };
  return { journal, store, put, texts };
}

function versionIs(key: string, number: number): Compare {
  return { target: 'version', range: { start: key }, is: '=', number };
}

/** Whether a promise has settled after everything that could run without the disk has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([promise.catch(() => undefined), turn])) === pending;
}

async function firstRevision(watch: Watch): Promise<number | undefined> {
  for await (const batch of watch) return batch.revision;
  return undefined;
}

describe('durability of the embedded store', () => {
  it('acknowledges a commit when it is durable, and shows it to nobody before', async () => {
    const { journal, store, put, texts } = openScripted();
    const watch = await store.watch({ range: all });
    const seen = firstRevision(watch);
    const committing = put('a', '1');
    expect(await isPending(committing)).toBe(true);
    expect(await isPending(seen)).toBe(true);
    expect(await texts()).toEqual([10]);
    expect((await store.status()).revision).toBe(10);
    const early = { code: 'BAD_USER_INPUT' };
    await expect(store.read({ at: 11, ranges: [all] })).rejects.toMatchObject(early);
    await expect(store.watch({ range: all, after: 11 })).rejects.toMatchObject(early);

    await journal.finish();
    expect((await committing).revision).toBe(11);
    expect(await seen).toBe(11);
    expect(await texts()).toEqual([11, 'a=1']);
  });

  it('decides each commit on all that was applied before it, durable or not, and answers it after them', async () => {
    const { journal, put } = openScripted();
    const first = put('a', '1');
    const second = put('a', '2', versionIs('a', 1));
    const third = put('a', '3', versionIs('a', 1));
    expect(await Promise.all([first, second, third].map(isPending))).toEqual([true, true, true]);
    await journal.finish();
    expect((await first).committed).toBe(true);
    expect(await second).toMatchObject({ committed: true, revision: 12, reads: [[{ value: Buffer.from('2') }]] });
    expect(await third).toMatchObject({ committed: false, revision: 12, reads: [[{ value: Buffer.from('2') }]] });
  });

  it('lets the commits that come during a write share the next one', async () => {
    const { journal, put } = openScripted();
    const first = put('a', '1');
    await isPending(first);
    const others = Array.from({ length: 100 }, (_, index) => put(`b${index}`, 'x'));
    await journal.finish();
    await journal.finish();
    await Promise.all([first, ...others]);
    expect(journal.groups.map((group) => group.length)).toEqual([1, 100]);
  });

  it('undoes what can not be written, and everything that rests on it, and goes on when the disk does', async () => {
    const { journal, store, put, texts } = openScripted();
    const kept = put('a', '1');
    await journal.finish();
    await kept;

    const failing = [put('a', '2'), put('b', '2')];
    await isPending(Promise.all(failing));
    const resting = [put('b', '3', versionIs('b', 1)), put('c', '3', versionIs('b', 0))];
    const deleting = store.commit({ compares: [], writes: [{ type: 'delete', range: all }] });
    const outcomes = Promise.allSettled([...failing, ...resting, deleting]);
    await journal.finish(diskFull);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    }
    expect(await texts()).toEqual([11, 'a=1']);
    expect(await store.status()).toMatchObject({ healthy: true, revision: 11 });

    const next = put('b', 'new', versionIs('b', 0), versionIs('a', 1));
    await journal.finish();
    expect(await next).toMatchObject({ committed: true, revision: 12 });
    expect(await texts()).toEqual([12, 'a=1', 'b=new']);
  });

  it('undoes what a failed commit did to leases', async () => {
    const { journal, store } = openScripted();
    const granting = store.grantLease(60);
    await journal.finish();
    const { id } = await granting;
    const binding = store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('1'), leaseId: id }] });
    await journal.finish();
    await binding;

    const revoking = store.revokeLease(id);
    const keeping = store.keepLeaseAlive(id);
    const asking = store.leaseTimeToLive(id);
    const refused = Promise.allSettled([revoking, keeping, asking]);
    await journal.finish(diskFull);
    for (const outcome of await refused) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    }
    expect(await store.keepLeaseAlive(id)).toEqual({ id, ttlSeconds: 60 });

    const detaching = store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('2') }] });
    const outcome = expect(detaching).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await journal.finish(diskFull);
    await outcome;

    const again = store.revokeLease(id);
    await journal.finish();
    await again;
    expect((await store.read({ ranges: [all] })).results[0]?.entries).toEqual([]);
  });

  it('says that the outcome is unknown when it is, and takes no more writes; reads go on', async () => {
    const { journal, store, put, texts } = openScripted();
    const kept = put('a', '1');
    await journal.finish();
    await kept;

    const doubtful = put('a', '2');
    await isPending(doubtful);
    const resting = put('b', '2');
    const answer = put('c', '2', versionIs('c', 7));
    const outcomes = Promise.allSettled([doubtful, resting, answer]);
    await journal.finish(new Error('I/O error'));
    const [first, second, third] = await outcomes;
    expect(first).toMatchObject({ status: 'rejected', reason: expect.any(OutcomeUnknownError) });
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    expect(third).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });

    await expect(put('a', '3')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.grantLease(60)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await texts()).toEqual([11, 'a=1']);
    expect(await store.status()).toMatchObject({ healthy: false, revision: 11 });
    expect(journal.groups).toHaveLength(2);
  });

  it('refuses commits beyond those that may wait for the disk, before it applies them', async () => {
    const { journal, store, texts } = openScripted();
    const put = (key: string) => store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.alloc(0) }] });
    const first = put('first');
    await isPending(first);
    const waiting = Array.from({ length: waitingCommitsLimit }, (_, index) => put(`k${index}`));
    await expect(put('too many')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await journal.finish();
    await journal.finish();
    await Promise.all([first, ...waiting]);
    expect(await texts()).toHaveLength(1 + 1 + waitingCommitsLimit);
  });

  it('closes after the commits that are under way are durable', async () => {
    const { journal, store, put } = openScripted();
    const committing = put('a', '1');
    const closing = store.close();
    expect(await isPending(closing)).toBe(true);
    expect(journal.closed).toBe(false);
    await journal.finish();
    expect((await committing).committed).toBe(true);
    await closing;
    expect(journal.closed).toBe(true);
  });
});
