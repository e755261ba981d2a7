import { getEventListeners, setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import type { Store } from '../../src/store/store.ts';

const all = { start: '\x00', end: '\xff' };

function openSmall(revisions: number): Store {
  return openMemoryStore({ log: silentLog, history: { revisions, bytes: 1e9 } });
}

function put(store: Store, key: string, value = '') {
  return store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] });
}

describe('a watch of the embedded store', () => {
  it('fails with REVISION_COMPACTED, and nothing else, when its reader is slower than the history', async () => {
    const store = openSmall(10);
    const { revision: first } = await put(store, 'a', '0');
    const watch = await store.watch({ range: all, after: first });
    const reader = watch[Symbol.asyncIterator]();
    await put(store, 'a', '1');
    expect(await reader.next()).toMatchObject({ done: false, value: { revision: first + 1 } });
    for (let value = 2; value <= 12; value++) await put(store, 'a', String(value));
    await expect(reader.next()).rejects.toMatchObject({ code: 'REVISION_COMPACTED' });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it('delivers all of the history when its reader is just fast enough', async () => {
    const store = openSmall(10);
    const { revision: first } = await put(store, 'a', '0');
    const watch = await store.watch({ range: all, after: first });
    for (let value = 1; value <= 10; value++) await put(store, 'a', String(value));
    const revisions: number[] = [];
    for await (const batch of watch) if (revisions.push(batch.revision) === 10) break;
    expect(revisions).toEqual(Array.from({ length: 10 }, (_, index) => first + 1 + index));
  });

  it('stays with the newest revision while its reader waits, however long its own range is quiet', async () => {
    const store = openSmall(10);
    const watch = await store.watch({ range: { start: 'quiet' } });
    const next = watch[Symbol.asyncIterator]().next();
    for (let value = 0; value < 100; value++) await put(store, 'busy', String(value));
    const { revision } = await put(store, 'quiet', 'at last');
    expect(await next).toMatchObject({ done: false, value: { revision } });
    await watch.close();
  });

  it('reads a history of many revisions that do not concern it, and lets others work meanwhile', async () => {
    const store = openSmall(5_000);
    const { revision: first } = await put(store, 'quiet', '1');
    await Promise.all(Array.from({ length: 4_000 }, (_, value) => put(store, 'busy', String(value))));
    const { revision: last } = await put(store, 'quiet', '2');
    const watch = await store.watch({ range: { start: 'quiet' }, after: first });
    let turns = 0;
    const count = () => {
      turns += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const { value: batch } = await watch[Symbol.asyncIterator]().next();
    clearImmediate(immediate);
    expect(batch?.revision).toBe(last);
    expect(turns).toBeGreaterThanOrEqual(3);
    await watch.close();
  });

  it('answers calls of next() that overlap one after the other', async () => {
    const store = openSmall(100);
    const watch = await store.watch({ range: all });
    const reader = watch[Symbol.asyncIterator]();
    const overlapping = [reader.next(), reader.next(), reader.next()];
    const revisions = [await put(store, 'a', '1'), await put(store, 'a', '2')].map((result) => result.revision);
    await watch.close();
    const results = await Promise.all(overlapping);
    expect(results.map((result) => result.value?.revision)).toEqual([...revisions, undefined]);
    expect(results.map((result) => result.done)).toEqual([false, false, true]);
  });

  it('leaves nothing behind at its signal once it is closed', async () => {
    const store = openSmall(100);
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const watches = await Promise.all(Array.from({ length: 1_000 }, () => store.watch({ range: all, signal })));
    const pending = watches.map((watch) => watch[Symbol.asyncIterator]().next());
    for (const watch of watches) await watch.close();
    await Promise.all(pending);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
