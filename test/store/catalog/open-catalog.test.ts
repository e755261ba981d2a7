import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { type Catalog, openCatalog } from '../../../src/store/catalog/index.ts';
import { openFolderStore, openMemoryStore } from '../../../src/store/embedded/open.ts';
import { prefixRange } from '../../../src/store/range.ts';
import { KeyspaceMemory, type Texts } from '../../support/keyspace-memory.ts';
import { guestRecord, id, networkRecord } from '../../support/record.ts';
import { openTemporaryDirectory } from '../../support/temporary-directory.ts';
import { commitTexts, keys, openLoaded, viewOf } from './loaded-catalog.ts';

const network = `lochness/networks/${id('a', 1)}/metadata`;
const named = (name: string) => networkRecord({ metadata: { name } });

/** More keys than are read in one turn of the event loop. */
const manyNetworks: Texts = Object.fromEntries(
  Array.from({ length: 2_000 }, (_, index) => [`lochness/networks/${id('b', index)}/metadata`, named(String(index))]),
);

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function nameIn(catalog: Catalog): string | undefined {
  return viewOf(catalog).get('NETWORK', id('a', 1))?.metadata.name;
}

let memory: KeyspaceMemory;
let catalog: Catalog;

function open(): Catalog {
  catalog = openCatalog({ memory, keys, log: silentLog });
  return catalog;
}

beforeEach(() => {
  memory = new KeyspaceMemory();
});

afterEach(() => {
  catalog.close();
});

describe('the life of a catalog', () => {
  it('begins when the memory has something', async () => {
    open();
    await nextTurn();
    expect(catalog.newest()).toBeNull();
    memory.load(7, { [network]: named('x') });
    expect(catalog.newest()).toBeNull();
    await catalog.loaded;
    expect([nameIn(catalog), viewOf(catalog).revision]).toEqual(['x', 7]);
  });

  it('follows what is committed while it is loaded', async () => {
    memory.load(1, { ...manyNetworks, [network]: named('x'), [`lochness/networks/${id('c', 1)}/metadata`]: named('gone') });
    open();
    await nextTurn();
    expect(catalog.newest()).toBeNull();
    memory.commit({ [network]: named('y') });
    await nextTurn();
    memory.commit({
      [`lochness/networks/${id('c', 1)}/metadata`]: null,
      [`lochness/networks/${id('d', 1)}/metadata`]: named('new'),
    });
    await catalog.loaded;
    expect([nameIn(catalog), viewOf(catalog).revision]).toEqual(['y', 3]);
    const ids = viewOf(catalog)
      .nodes('NETWORK')
      .toArray()
      .map((node) => node.id);
    expect(ids).toHaveLength(2_002);
    expect([ids.includes(id('c', 1)), ids.includes(id('d', 1))]).toEqual([false, true]);
  });

  it('gives way to others while it is loaded', async () => {
    memory.load(1, manyNetworks);
    open();
    let turns = 0;
    let isLoaded = false;
    void catalog.loaded.then(() => {
      isLoaded = true;
    });
    for (; !isLoaded; turns++) await nextTurn();
    expect(turns).toBeGreaterThan(3);
  });

  it('begins anew where the memory was loaded anew while it was loaded', async () => {
    memory.load(1, { ...manyNetworks, [network]: named('x') });
    open();
    await nextTurn();
    memory.load(9, { [network]: named('y') });
    await catalog.loaded;
    expect([nameIn(catalog), viewOf(catalog).nodes('NETWORK').size]).toEqual(['y', 1]);
  });

  it('begins anew where what was committed while it was loaded is not kept any more', async () => {
    memory = new KeyspaceMemory({ revisions: 2, bytes: 1_000_000 });
    memory.load(1, { ...manyNetworks, [network]: named('x') });
    open();
    await nextTurn();
    for (const name of ['a', 'b', 'c', 'd']) memory.commit({ [network]: named(name) });
    expect(memory.since(1, 1)).toBeNull();
    await catalog.loaded;
    expect([nameIn(catalog), viewOf(catalog).revision]).toEqual(['d', 5]);
    expect(viewOf(catalog).nodes('NETWORK').size).toBe(2_001);
  });

  it('shows nothing from the moment in which the memory has lost all, until that is loaded again', async () => {
    memory.load(1, { [network]: named('x') });
    await open().loaded;
    const before = viewOf(catalog);
    memory.lose();
    expect(catalog.newest()).toBeNull();
    await nextTurn();
    memory.load(5, { [network]: named('y') });
    expect(catalog.newest()).toBeNull();
    while (catalog.newest() === null) await nextTurn();
    expect([nameIn(catalog), before.get('NETWORK', id('a', 1))?.metadata.name]).toEqual(['y', 'x']);
  });

  it('keeps the revision of its last commit where the store’s moves on without one', async () => {
    memory.load(1, { [network]: named('x') });
    await open().loaded;
    memory.commit({ [network]: named('y') });
    const view = viewOf(catalog);
    memory.advance(9);
    expect([memory.newest()?.revision, viewOf(catalog).revision]).toEqual([9, 2]);
    expect(viewOf(catalog)).toBe(view);
  });

  it('gives the same view for as long as nothing is committed', async () => {
    memory.load(1, { [network]: named('x') });
    await open().loaded;
    const view = viewOf(catalog);
    expect(viewOf(catalog)).toBe(view);
    memory.commit({ 'lochness/gateway/leader': 'x' });
    expect(viewOf(catalog)).not.toBe(view);
  });

  it('follows nothing any more, and lets nobody wait, when it is closed', async () => {
    memory.load(1, { ...manyNetworks, [network]: named('x') });
    open().close();
    await catalog.loaded;
    expect(catalog.newest()).toBeNull();
    memory.commit({ [network]: named('y') });
    memory.load(5, {});
    await nextTurn();
    expect(catalog.newest()).toBeNull();
  });
});

describe('the newest view', () => {
  it('is of the state that is newest in memory, for whoever is told of a commit too', async () => {
    memory.load(1, {});
    await open().loaded;
    const seen: unknown[] = [];
    memory.onChange(() => seen.push([memory.newest()?.revision, viewOf(catalog).revision, nameIn(catalog)]));
    memory.commit({ [network]: named('x') });
    memory.commit({ [network]: null });
    memory.commit({ [network]: named('y') });
    expect(seen).toEqual([
      [2, 2, 'x'],
      [3, 3, undefined],
      [4, 4, 'y'],
    ]);
  });

  it.each(['memory', 'a folder'])('is so in a store in %s where many commit at once', async (where) => {
    const directory = await openTemporaryDirectory();
    const store =
      where === 'memory' ? openMemoryStore({ log: silentLog }) : await openFolderStore(directory.path, { log: silentLog });
    catalog = await openLoaded(store);
    const seen: unknown[] = [];
    const expected: unknown[] = [];
    store.memory.onChange(() => {
      const state = store.memory.newest();
      const view = viewOf(catalog);
      seen.push(
        view
          .nodes('GUEST')
          .toArray()
          .map(({ id, revision }) => [id, revision]),
      );
      const records = state?.list(prefixRange('lochness/guests/')).filter(({ key }) => key.endsWith('/metadata'));
      expected.push(
        records?.map(({ key, modRevision }) => [key.slice('lochness/guests/'.length, -'/metadata'.length), modRevision]),
      );
    });
    const commits = Array.from({ length: 60 }, (_, index) => {
      const key = `lochness/guests/${id('c', index % 7)}/metadata`;
      return commitTexts(store, { [key]: index % 3 === 2 ? null : guestRecord(), 'lochness/gateway/leader': String(index) });
    });
    await Promise.all(commits);
    expect(seen).toHaveLength(60);
    expect(seen).toEqual(expected);
    await store.close();
    await directory.remove();
  });
});
