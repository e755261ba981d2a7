import type { BrokenRecords } from './broken-record.ts';
import type { CatalogView } from './catalog/index.ts';
import { BrokenRecordError } from './decode-node.ts';
import type { EntityOf } from './entities/index.ts';
import type { Keys, NodeKind } from './keys.ts';
import type { Listing } from './kind-loader.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** What one operation asks the catalog for, and where it notes what could not be read. */
interface Asked<K extends NodeKind> {
  readonly kind: K;
  readonly keys: Keys;
  readonly broken: BrokenRecords;
}

export function getFromCatalog<K extends NodeKind>(
  catalog: CatalogView,
  { kind, broken }: Asked<K>,
  name: string,
): MaybePromise<EntityOf[K] | null> {
  try {
    return catalog.get(kind, name);
  } catch (error) {
    // Noted for the answer's warnings too: only who asked for this very node meets the error.
    if (error instanceof BrokenRecordError) broken.add({ key: error.key, reason: error.reason });
    return Promise.reject(error);
  }
}

export function getAsSpelledFromCatalog<K extends NodeKind>(
  catalog: CatalogView,
  asked: Asked<K>,
  name: string,
): MaybePromise<EntityOf[K] | null> {
  const spelling = asked.keys.folder(asked.kind) + name;
  const path = catalog.pathOf(asked.kind, name);
  return path === spelling || path === `${spelling}/` ? getFromCatalog(catalog, asked, name) : null;
}

export function followInCatalog<K extends NodeKind>(
  catalog: CatalogView,
  { kind, broken }: Asked<K>,
  name: string,
): EntityOf[K] | null {
  try {
    return catalog.get(kind, name);
  } catch (error) {
    if (!(error instanceof BrokenRecordError)) throw error;
    broken.add({ key: error.key, reason: error.reason });
    return null;
  }
}

export function listFromCatalog<K extends NodeKind>(catalog: CatalogView, { kind, broken }: Asked<K>): Listing<EntityOf[K]> {
  for (const record of catalog.broken(kind)) broken.add(record);
  return { all: catalog.nodes(kind).toArray() };
}
