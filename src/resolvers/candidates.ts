import type { Context } from '../context.ts';
import type { CatalogView } from '../store/catalog/index.ts';
import type { EntityOf } from '../store/entities/index.ts';
import type { NodeKind } from '../store/keys.ts';
import type { KindLoaders } from '../store/loaders.ts';
import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { wholeFolderThreshold } from '../store/stored-reads.ts';
import { type Given, idsOf } from './filter.ts';
import { groupOfArray, groupOfSet } from './node-group.ts';
import type { Candidates } from './selection.ts';

/** The two ways to look through all nodes of a kind. Both come to the same. */
export interface LookThrough<K extends NodeKind, R> {
  readonly inCatalog: (catalog: CatalogView) => R;
  /** `list` has all that can be read, by id. */
  readonly inStore: (list: () => Promise<readonly EntityOf[K][]>) => MaybePromise<R>;
}

/**
 * In the catalog where the operation has one, else by reading all of them. Those that can't be read are named in the broken records
 * either way.
 */
export function lookThrough<K extends NodeKind, R>(context: Context, kind: K, look: LookThrough<K, R>): MaybePromise<R> {
  return whenThere(context.snapshot.catalog(), (catalog) => {
    if (catalog === null) {
      const loaders: KindLoaders = context.loaders;
      return look.inStore(async () => (await loaders[kind].list()).all);
    }
    noteBroken(context, catalog, kind);
    return look.inCatalog(catalog);
  });
}

/** For who looks through all nodes of a kind: those that can't be read belong into the answer's warnings. */
export function noteBroken(context: Context, catalog: CatalogView, kind: NodeKind): void {
  for (const record of catalog.broken(kind)) context.loaders.broken.add(record);
}

export function allNodes<K extends NodeKind>(context: Context, kind: K): MaybePromise<Candidates<EntityOf[K]>> {
  return lookThrough<K, Candidates<EntityOf[K]>>(context, kind, {
    inCatalog: (catalog) => ({ nodes: groupOfSet(catalog.nodes(kind)), catalog }),
    inStore: async (list) => onlyAmong(await list()),
  });
}

/** Candidates that nothing is known of but what they are. */
export function onlyAmong<T>(nodes: readonly T[]): Candidates<T> {
  return { nodes: groupOfArray(nodes), catalog: null };
}

/**
 * The nodes that a list starts from: those whose ids its filter names, else all of the kind. Reading a few by id is cheap; above
 * the number at which the store would read the whole folder anyway, so does this.
 */
export function candidatesOf<K extends NodeKind>(
  context: Context,
  kind: K,
  filter: Given<{ readonly ids?: Given<readonly string[]> }>,
): MaybePromise<Candidates<EntityOf[K]>> {
  const ids = new Set(idsOf(filter));
  if (filter?.ids === null || filter?.ids === undefined || ids.size > wholeFolderThreshold) return allNodes(context, kind);
  const loaders: KindLoaders = context.loaders;
  return whenThere(allThere([...ids].map((id) => loaders[kind].follow(id))), (nodes) =>
    onlyAmong(nodes.filter((node) => node !== null)),
  );
}
