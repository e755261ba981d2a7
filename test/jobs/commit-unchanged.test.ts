import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitUnchanged, type Part } from '../../src/jobs/commit-unchanged.ts';
import type { Leadership } from '../../src/jobs/leader.ts';
import { silentLog } from '../../src/log.ts';
import { isPresent } from '../../src/resolvers/commit/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { LeaseId, Revision, Store, Transaction, Write } from '../../src/store/store.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { storeWith } from '../support/store-with.ts';

async function openEmbedded(): Promise<{ readonly store: Store; close(): Promise<void> }> {
  const store = openMemoryStore({ log: silentLog });
  return { store, close: () => store.close() };
}

const put = (key: string, leaseId: LeaseId | null = null): Write => ({ type: 'put', key, value: Buffer.from('x'), leaseId });
const numbers = Array.from({ length: 40 }, (_, index) => index + 10);
const absent = ['silent/1', 'silent/2', 'silent/3'];

describe.each([
  ['the embedded store', openEmbedded],
  ['etcd', () => startEtcdWithStore()],
])('what a leader commits on %s', (_name, openStore) => {
  let opened: Awaited<ReturnType<typeof openEmbedded>>;
  let store: Store;
  let commits: Transaction[];
  let ending: AbortController;
  let leadership: Leadership;
  let leaseId: LeaseId;
  let parts: readonly Part[];
  beforeAll(async () => {
    opened = await openStore();
    store = storeWith(opened.store, {
      commit(transaction) {
        commits.push(transaction);
        return opened.store.commit(transaction);
      },
    });
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await write({ type: 'delete', range: { start: 'a', end: 'z' } });
    ending = new AbortController();
    leadership = { guard: isPresent('leader'), signal: ending.signal, end: () => ending.abort() };
    leaseId = (await opened.store.grantLease(60)).id;
    await write(put('leader', leaseId));
    const revision = await write(...numbers.flatMap((number) => [put(`a/${number}`), put(`b/${number}`)]));
    // As many keys as there are of a guest, of which one is not there.
    parts = numbers.map((number) => ({
      known: new Map([
        [`a/${number}`, revision],
        [`b/${number}`, revision],
        [`c/${number}`, 0],
      ]),
      writes: [put(`c/${number}`)],
    }));
    commits = [];
  });

  async function write(...writes: readonly Write[]): Promise<Revision> {
    return (await opened.store.commit({ compares: [], writes })).revision;
  }

  async function written(): Promise<readonly number[]> {
    const { results } = await opened.store.read({ ranges: [prefixRange('c/')] });
    return (results[0]?.entries ?? []).map(({ key }) => Number(key.slice(2)));
  }

  it('is committed at once where nothing changed', async () => {
    expect(await commitUnchanged({ store, leadership, absent }, parts)).toBe(40);
    expect([commits.length, await written()]).toEqual([1, numbers]);
  });

  it.each([
    ['changed', put('a/17')],
    ['went', { type: 'delete', range: { start: 'b/17' } } as const],
    ['came', put('c/17')],
  ])('leaves out a part of which a key %s', async (_what, change) => {
    const after = await write(change);
    expect(await commitUnchanged({ store, leadership, absent }, parts)).toBe(39);
    const { results } = await opened.store.read({ ranges: [{ start: 'c/17' }] });
    expect(results[0]?.entries.filter(({ modRevision }) => modRevision > after)).toEqual([]);
    expect([commits.length, ending.signal.aborted]).toEqual([2, false]);
  });

  it('is nothing where all parts changed', async () => {
    await write(...numbers.map((number) => put(`a/${number}`)));
    expect(await commitUnchanged({ store, leadership }, parts)).toBe(0);
    expect([commits.length, await written(), ending.signal.aborted]).toEqual([1, [], false]);
  });

  it('is nothing where something is there that was to be absent', async () => {
    await write(put('silent/2'), put('a/17'));
    expect(await commitUnchanged({ store, leadership, absent }, parts)).toBeNull();
    expect([commits.length, await written(), ending.signal.aborted]).toEqual([1, [], false]);
  });

  it('is nothing where it leads no more, and that is ended', async () => {
    await opened.store.revokeLease(leaseId);
    expect(await commitUnchanged({ store, leadership, absent }, parts)).toBe(0);
    expect([commits.length, await written(), ending.signal.aborted]).toEqual([1, [], true]);
  });

  it('is nothing where it leads no more and a part changed too', async () => {
    await opened.store.revokeLease(leaseId);
    await write(put('a/17'));
    expect(await commitUnchanged({ store, leadership, absent }, parts)).toBe(0);
    expect([commits.length, await written(), ending.signal.aborted]).toEqual([2, [], true]);
  });
});
