import type { Context } from '../context.ts';
import type { BrokenRecord } from '../store/broken-record.ts';
import type { CatalogView, HypervisorLoad } from '../store/catalog/index.ts';
import type { DirectoryEntity } from '../store/entities/entity.ts';
import type { Keys } from '../store/keys.ts';
import { openLoaders } from '../store/loaders.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import type { Key } from '../store/range.ts';
import { oncePerOperation } from './operation-memo.ts';

/** What it takes to look at a hypervisor's guests. */
export type LoadReader = Pick<Context, 'snapshot' | 'loaders' | 'keys' | 'log'>;

export interface LoadComputation<T> {
  readonly compute: (reader: LoadReader, hypervisor: DirectoryEntity) => MaybePromise<T>;
  /** The same from what it was before one guest, or links to it, changed: for a computation that takes long. */
  readonly update?: (
    reader: LoadReader,
    hypervisor: DirectoryEntity,
    change: { readonly before: T; readonly guestId: string },
  ) => MaybePromise<T>;
}

interface Kept<T> {
  readonly value: T;
  /** Where the hypervisor's keys lay; null where they do usually. Of an id that is stored in two spellings, each has links of its own. */
  readonly oddPlace: Key | null;
  /** The records that could not be read for it: whoever gets the value is told of them. */
  readonly broken: readonly BrokenRecord[];
}

interface Nearest<T> {
  readonly value: T;
  readonly guestIds: ReadonlySet<string>;
}

function oddPlaceOf(keys: Keys, { id, directory }: DirectoryEntity): Key | null {
  return directory === keys.directory('HYPERVISOR', id) ? null : directory;
}

/** Of an id that is stored in two spellings, and where the record is gone, keys lie that are not what the load is of. */
function isWhereItsLoadIs(keys: Keys, catalog: CatalogView, { id, directory, revision }: DirectoryEntity): boolean {
  // Where there is a record, the usual spelling is the one that counts.
  if (revision > 0 && directory === keys.directory('HYPERVISOR', id)) return true;
  return catalog.pathOf('HYPERVISOR', id) === directory;
}

/**
 * The same computation on a hypervisor's guests. It may rest on nothing but its links, what they lead to, and flavors: where the
 * operation has a catalog, it is done once for as long as these stay as they are, however many operations ask; else once in each.
 */
export function oncePerLoad<T>({ compute, update }: LoadComputation<T>): LoadComputation<T>['compute'] {
  const byLoad = new WeakMap<HypervisorLoad, Kept<T>>();
  const byHypervisor = oncePerOperation<WeakMap<DirectoryEntity, MaybePromise<T>>, LoadReader>(() => new WeakMap());

  function inOperation(reader: LoadReader, hypervisor: DirectoryEntity): MaybePromise<T> {
    const known = byHypervisor(reader);
    const value = known.get(hypervisor) ?? compute(reader, hypervisor);
    known.set(hypervisor, value);
    return value;
  }

  function keep(reader: LoadReader, hypervisor: DirectoryEntity, load: HypervisorLoad): MaybePromise<T> {
    const { snapshot, keys, log, loaders } = reader;
    // Loaders of its own: they say what could not be read for this.
    const own = openLoaders({ snapshot, keys });
    return whenThere(begin({ snapshot, keys, log, loaders: own }, hypervisor, load), (value) => {
      const broken = own.broken.all;
      byLoad.set(load, { value, oddPlace: oddPlaceOf(keys, hypervisor), broken });
      if (update !== undefined) load.settle();
      for (const record of broken) loaders.broken.add(record);
      return value;
    });
  }

  function begin(reader: LoadReader, hypervisor: DirectoryEntity, load: HypervisorLoad): MaybePromise<T> {
    const known = update === undefined ? null : nearest(load, oddPlaceOf(reader.keys, hypervisor));
    if (known === null || update === undefined) return compute(reader, hypervisor);
    let value: MaybePromise<T> = known.value;
    for (const guestId of known.guestIds) value = whenThere(value, (before) => update(reader, hypervisor, { before, guestId }));
    return value;
  }

  /** The last value that is known, and all that changed since. One for which something could not be read says nothing of the rest. */
  function nearest(load: HypervisorLoad, oddPlace: Key | null): Nearest<T> | null {
    const guestIds = new Set<string>();
    for (let { before } = load; before !== null; before = before.load.before) {
      guestIds.add(before.guestId);
      const kept = byLoad.get(before.load);
      if (kept?.oddPlace === oddPlace) return kept.broken.length > 0 ? null : { value: kept.value, guestIds };
    }
    return null;
  }

  return (reader, hypervisor) =>
    whenThere(reader.snapshot.catalog(), (catalog) => {
      if (catalog === null || !isWhereItsLoadIs(reader.keys, catalog, hypervisor)) return inOperation(reader, hypervisor);
      const load = catalog.loadOf(hypervisor.id);
      const kept = byLoad.get(load);
      if (kept?.oddPlace !== oddPlaceOf(reader.keys, hypervisor)) return keep(reader, hypervisor, load);
      for (const record of kept.broken) reader.loaders.broken.add(record);
      return kept.value;
    });
}
