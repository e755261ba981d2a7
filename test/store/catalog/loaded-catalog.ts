import { silentLog } from '../../../src/log.ts';
import { type Catalog, type CatalogView, openCatalog } from '../../../src/store/catalog/index.ts';
import { openKeys } from '../../../src/store/keys.ts';
import type { Memory } from '../../../src/store/memory.ts';
import { keyFromText } from '../../../src/store/range.ts';
import type { Store, Write } from '../../../src/store/store.ts';
import type { Texts } from '../../support/keyspace-memory.ts';

export const keys = openKeys('lochness/');

export async function openLoaded({ memory }: { readonly memory: Memory }): Promise<Catalog> {
  const catalog = openCatalog({ memory, keys, log: silentLog });
  await catalog.loaded;
  return catalog;
}

export function viewOf(catalog: Catalog): CatalogView {
  const view = catalog.newest();
  if (view === null) throw new Error('The catalog is not loaded');
  return view;
}

export function commitTexts(store: Store, texts: Texts) {
  const writes = Object.entries(texts).map(([text, value]): Write => {
    const key = keyFromText(text);
    return value === null ? { type: 'delete', range: { start: key } } : { type: 'put', key, value: Buffer.from(value) };
  });
  return store.commit({ compares: [], writes });
}
