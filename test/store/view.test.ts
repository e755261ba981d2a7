import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { openKeys } from '../../src/store/keys.ts';
import { prefixRange } from '../../src/store/range.ts';
import { openSharedViews } from '../../src/store/view.ts';

const store = openMemoryStore({ log: silentLog, now: () => 100 });
const keys = openKeys('lochness/');
afterEach(() => vi.useRealTimers());

async function put(name: string, bytes: number): Promise<number> {
  const value = Buffer.alloc(bytes);
  return (await store.commit({ compares: [], writes: [{ type: 'put', key: `lochness/${name}`, value }] })).revision;
}

describe('Views that many share', () => {
  it('are the same for all who ask for one revision at the same time, until one is dropped', async () => {
    const views = openSharedViews({ store, keys });
    const revision = await put('a', 1);
    const view = views.at(revision);
    expect(views.at(revision)).toBe(view);
    expect(views.at(revision - 1)).not.toBe(view);
    views.drop(revision);
    expect(views.at(revision)).not.toBe(view);
  });

  it('are not kept for who comes late', () => {
    vi.useFakeTimers();
    const views = openSharedViews({ store, keys });
    const view = views.at(1);
    vi.advanceTimersByTime(900);
    expect(views.at(1)).toBe(view);
    vi.advanceTimersByTime(200);
    expect(views.at(1)).not.toBe(view);
  });

  it('are few, and hold little of what was read in them', async () => {
    const views = openSharedViews({ store, keys });
    let revision = 0;
    for (let part = 0; part < 12; part++) revision = await put(`large/${part}`, 1_000_000);
    const large = views.at(revision);
    await large.snapshot.list(prefixRange('lochness/large'));
    expect(views.at(revision)).toBe(large);
    const second = await put('other', 1);
    await views.at(second).snapshot.list(prefixRange('lochness/large'));
    views.at(await put('other', 1));
    expect(views.at(revision)).not.toBe(large);
    const first = views.at(1);
    for (let other = 2; other < 20; other++) views.at(other);
    expect(views.at(1)).not.toBe(first);
  });
});
