import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import type { Catalog, CatalogView } from '../../../src/store/catalog/index.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import type { MemoryHolder } from '../../../src/store/memory.ts';
import { describeCatalog, describeKeys } from '../../support/catalog-description.ts';
import type { Texts } from '../../support/keyspace-memory.ts';
import { commits, probes } from './cluster-arbitrary.ts';
import { LoadBook } from './load-book.ts';
import { commitTexts, keys, openLoaded, viewOf } from './loaded-catalog.ts';

interface Followed {
  readonly store: MemoryHolder;
  readonly catalog: Catalog;
}

/** The catalog is opened behind so many commits, and follows the others. */
async function follow(made: readonly Texts[], loadedAfter: number, look: (followed: Followed, index: number) => unknown) {
  const store = openMemoryStore({ log: silentLog });
  for (const texts of made.slice(0, loadedAfter)) await commitTexts(store, texts);
  const catalog = await openLoaded(store);
  for (const [index, texts] of made.slice(loadedAfter).entries()) {
    await commitTexts(store, texts);
    await look({ store, catalog }, index);
  }
  catalog.close();
  await store.close();
}

describe('a catalog that follows commits', () => {
  it('says after each what the keys say', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(commits, fc.nat(20), async (made, loadedAfter) => {
      await follow(made, loadedAfter, async ({ store, catalog }) => {
        const expected = await describeKeys({ store, keys }, probes);
        expect(describeCatalog(viewOf(catalog), probes)).toEqual(expected);
      });
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('never changes a view, whether it was looked at before others came or not', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(commits, fc.infiniteStream(fc.boolean()), async (made, looks) => {
      const views: [CatalogView, object][] = [];
      await follow(made, 0, async ({ store, catalog }) => {
        const view = viewOf(catalog);
        const expected = await describeKeys({ store, keys }, probes);
        views.push([view, expected]);
        if (looks.next().value === true) expect(describeCatalog(view, probes)).toEqual(expected);
      });
      for (const [view, said] of views) expect(describeCatalog(view, probes)).toEqual(said);
    });
    await fc.assert(property, { numRuns: 20 });
  });

  it('keeps what a hypervisor’s guests add up to apart from what it was before, and says in which guests it differs', async () => {
    const property = fc.asyncProperty(commits, fc.nat(20), async (made, loadedAfter) => {
      const book = new LoadBook();
      await follow(made, loadedAfter, ({ store, catalog }) => {
        const state = store.memory.newest();
        if (state === null) throw new Error('The store has no state');
        for (const name of probes.names.HYPERVISOR) book.check(viewOf(catalog), state, name);
      });
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
