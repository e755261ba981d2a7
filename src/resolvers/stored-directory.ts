import type { Context } from '../context.ts';
import type { DirectoryKind } from '../store/keys.ts';
import type { KeyValue } from '../store/store.ts';
import type { DirectoryOwner } from './below.ts';

/** Where the keys of a node lie. Other tools leave such a directory behind without its record. */
export interface StoredDirectory extends DirectoryOwner {
  readonly kind: DirectoryKind;
  /** Null when there is none; else it may be one that can't be read. */
  readonly record: KeyValue | null;
}

/** What an id in a record leads to, also where there is no such node any more. */
export async function directoryOf({ loaders, keys }: Context, kind: DirectoryKind, id: string): Promise<StoredDirectory> {
  const found = await loaders[kind].locate(id);
  return { kind, directory: found?.path ?? keys.directory(kind, id), record: found?.record ?? null };
}
