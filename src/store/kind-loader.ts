import type { BrokenRecords } from './broken-record.ts';
import type { CatalogView } from './catalog/index.ts';
import { followInCatalog, getAsSpelledFromCatalog, getFromCatalog, listFromCatalog } from './catalog-loader.ts';
import type { Directory } from './directory.ts';
import type { Entity } from './entities/entity.ts';
import type { EntityOf } from './entities/index.ts';
import type { Keys, NodeKind } from './keys.ts';
import type { MaybePromise } from './maybe-promise.ts';
import { openReadingLoader, type ReadingLoader } from './reading-loader.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The nodes of one kind in one snapshot. Each is decoded once, however often it is asked for. What is in memory is there at once; a
 * failure rejects in any case, so that among others that are waited for it is met where they are.
 */
export interface KindLoader<T extends Entity> {
  readonly kind: NodeKind;
  /** The node, or null when there is none. Fails with BROKEN_RECORD when its record can't be read. `name`: see Directory. */
  get(name: string): MaybePromise<T | null>;
  /** Where its keys lie, as stored, also of a node whose record can't be read; null when it has no record. */
  locate(name: string): MaybePromise<Directory | null>;
  /** As `get`, but looks for no other spelling of the id than its own: for who does not know of what kind the node is. */
  getAsSpelled(name: string): MaybePromise<T | null>;
  /** What a reference leads to: null when it dangles or its record can't be read (the latter is named in the broken records). */
  follow(name: string | null): MaybePromise<T | null>;
  /** All nodes of the kind, by id (VLANs: by tag). Those that can't be read are left out and named in the broken records. */
  list(): MaybePromise<Listing<T>>;
}

export interface Listing<T> {
  readonly all: readonly T[];
}

export interface KindLoaderOptions<K extends NodeKind> {
  readonly kind: K;
  readonly snapshot: Snapshot;
  readonly keys: Keys;
  readonly broken: BrokenRecords;
}

/** From memory where the snapshot is there, else by reading its keys. */
export function openKindLoader<K extends NodeKind>(options: KindLoaderOptions<K>): KindLoader<EntityOf[K]> {
  const { kind, snapshot } = options;
  let opened: ReadingLoader<K> | null = null;

  function reading(): ReadingLoader<K> {
    opened ??= openReadingLoader(options);
    return opened;
  }

  /** At once where it is known already whether the snapshot is in memory. */
  function choose<R>(fromMemory: (catalog: CatalogView) => MaybePromise<R>, fromStore: () => Promise<R>): MaybePromise<R> {
    const catalog = snapshot.catalog();
    if (catalog instanceof Promise) return catalog.then((nodes) => (nodes === null ? fromStore() : fromMemory(nodes)));
    return catalog === null ? fromStore() : fromMemory(catalog);
  }

  return {
    kind,
    get: (name) =>
      choose(
        (catalog) => getFromCatalog(catalog, options, name),
        () => reading().get(name),
      ),
    async locate(name) {
      const path = (await snapshot.catalog())?.pathOf(kind, name);
      if (path === undefined) return reading().locate(name);
      return path === null ? null : reading().readDirectory(name, path);
    },
    getAsSpelled: (name) =>
      choose(
        (catalog) => getAsSpelledFromCatalog(catalog, options, name),
        () => reading().getAsSpelled(name),
      ),
    follow: (name) =>
      name === null
        ? null
        : choose(
            (catalog) => followInCatalog(catalog, options, name),
            () => reading().follow(name),
          ),
    list: () =>
      choose(
        (catalog) => listFromCatalog(catalog, options),
        () => reading().list(),
      ),
  };
}
