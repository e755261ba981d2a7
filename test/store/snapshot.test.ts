import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { prefixRange, type Range } from '../../src/store/range.ts';
import { openSnapshot } from '../../src/store/snapshot.ts';
import type { ReadRequest, Store } from '../../src/store/store.ts';
import { wholeFolderThreshold } from '../../src/store/stored-reads.ts';

describe('a snapshot', () => {
  let store: Store;
  let reads: ReadRequest[];

  beforeEach(() => {
    const memory = openMemoryStore({ log: silentLog });
    reads = [];
    const read = memory.read.bind(memory);
    memory.read = (request) => {
      reads.push(request);
      return read(request);
    };
    store = memory;
  });
  afterEach(() => store.close());

  async function put(...keys: string[]): Promise<number> {
    const writes = keys.map((key) => ({ type: 'put' as const, key, value: Buffer.from(key) }));
    const { revision } = await store.commit({ compares: [], writes });
    return revision;
  }

  const rangesRead = (): Range[][] => reads.map(({ ranges }) => [...ranges]);

  it('sends all reads of one tick as one wave, also those behind promises that are already settled', async () => {
    await put('a/1', 'a/2', 'b');
    const snapshot = openSnapshot({ store });
    const [list, one, later] = await Promise.all([
      snapshot.list(prefixRange('a/')),
      snapshot.get('b'),
      Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => snapshot.get('c')),
    ]);
    expect(list.map(({ key }) => key)).toEqual(['a/1', 'a/2']);
    expect(one?.value.toString()).toBe('b');
    expect(later).toBeNull();
    expect(reads).toHaveLength(1);
    expect(snapshot.cost).toMatchObject({ waves: 1, transactions: 1, keys: 3 });
  });

  it('reads everything at the revision that its first read saw', async () => {
    const revision = await put('a');
    const snapshot = openSnapshot({ store });
    await snapshot.get('a');
    await put('b');
    expect(await snapshot.get('b')).toBeNull();
    expect(await snapshot.revision()).toBe(revision);
    expect(reads.map(({ at }) => at)).toEqual([undefined, revision]);
  });

  it('pins one revision although a second wave starts before the first has come back', async () => {
    await put('a');
    const snapshot = openSnapshot({ store });
    const first = snapshot.get('a');
    await new Promise(setImmediate);
    const second = snapshot.get('b');
    await Promise.all([first, second, put('b')]);
    expect(await second).toBeNull();
    expect(reads[1]?.at).toBe(snapshot.pinnedRevision);
  });

  it('asks the store for nothing twice, nor for a part of what it has', async () => {
    await put('a/1', 'a/2');
    const snapshot = openSnapshot({ store });
    await Promise.all([snapshot.get('a/1'), snapshot.list(prefixRange('a/'))]);
    await Promise.all([snapshot.get('a/1'), snapshot.get('a/3'), snapshot.list(prefixRange('a/2'))]);
    expect(rangesRead()).toEqual([[prefixRange('a/')]]);
  });

  it('reads a folder whole when a wave asks for very many parts of it', async () => {
    await put('a/1', 'b/1');
    const snapshot = openSnapshot({ store });
    const folder = prefixRange('a/');
    const parts = Array.from({ length: wholeFolderThreshold + 1 }, (_, index) => snapshot.list({ start: `a/${index}` }, folder));
    const found = await Promise.all([...parts, snapshot.get('b/1')]);
    expect(found[1]).toHaveLength(1);
    expect(rangesRead()).toEqual([[folder, { start: 'b/1' }]]);
  });

  it('does not read a whole folder for very many parts of it that it has read already', async () => {
    await put('a/1', 'a/2');
    const folder = prefixRange('a/');
    const snapshot = openSnapshot({ store });
    const part = { start: 'a/', end: 'a/2' };
    await snapshot.list(part);
    const keys = Array.from({ length: wholeFolderThreshold + 1 }, (_, index) => snapshot.list({ start: `a/1${index}` }, folder));
    await Promise.all([...keys, snapshot.list({ start: 'a/3' }, folder)]);
    expect(rangesRead()).toEqual([[part], [{ start: 'a/3' }]]);
  });

  it('knows its revision although nothing was read, and reads an older one on request', async () => {
    const revision = await put('a');
    const newest = await put('b');
    expect(await openSnapshot({ store }).revision()).toBe(newest);
    const old = openSnapshot({ store, at: revision });
    expect(await old.get('b')).toBeNull();
    expect(await old.revision()).toBe(revision);
    expect(old.isHistorical).toBe(true);
  });

  it('refuses revisions that do not exist', async () => {
    const newest = await put('a');
    expect(() => openSnapshot({ store, at: 0 })).toThrow(/Revision 0 does not exist/);
    await expect(openSnapshot({ store, at: newest + 1 }).get('a')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('tells the seconds that leases have left in one wave, and nothing of the present when it is historical', async () => {
    const { id } = await store.grantLease(60);
    const revision = await put('a');
    const snapshot = openSnapshot({ store });
    expect(await Promise.all([snapshot.leaseTimeToLive(id), snapshot.leaseTimeToLive('1')])).toEqual([
      expect.closeTo(60, -1),
      null,
    ]);
    expect(snapshot.cost.waves).toBe(1);
    expect(await openSnapshot({ store, at: revision }).leaseTimeToLive(id)).toBeNull();
  });
});
