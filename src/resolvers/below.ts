import type { Context } from '../context.ts';
import type { DirectoryEntity } from '../store/entities/entity.ts';
import { folderRange } from '../store/keys.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { type Key, keyRange, prefixRange, textFromKey } from '../store/range.ts';
import type { KeyValue } from '../store/store.ts';

/** A key below a node's directory. */
export interface Below {
  /** What follows the prefix that was asked for, as a person reads it. */
  readonly name: string;
  readonly entry: KeyValue;
}

/** Whose keys are asked for. The node itself may be gone. */
export type DirectoryOwner = Pick<DirectoryEntity, 'kind' | 'directory'>;

type Reader = Pick<Context, 'snapshot' | 'keys'>;

/**
 * The keys below a node that begin with `prefix`, such as `guests/`. All that are asked for in one tick travel as one wave, and
 * they are free when the kind's folder was read already.
 */
export function listBelow(context: Reader, node: DirectoryOwner, prefix: string): MaybePromise<readonly Below[]> {
  const start: Key = node.directory + prefix;
  const entries = context.snapshot.list(prefixRange(start), folderRange(context.keys, node.kind));
  return whenThere(entries, (found) => found.map((entry) => ({ name: textFromKey(entry.key.slice(start.length)), entry })));
}

/** The one key below a node that is called `name`. */
export function getBelow(context: Reader, node: DirectoryOwner, name: Key): MaybePromise<KeyValue | null> {
  const { snapshot, keys } = context;
  const key = node.directory + name;
  return whenThere(snapshot.catalog(), (catalog) => {
    if (catalog !== null) return snapshot.get(key);
    return whenThere(snapshot.list(keyRange(key), folderRange(keys, node.kind)), ([entry]) => entry ?? null);
  });
}

export function textOfValue({ value }: KeyValue): string {
  return value.toString('utf8');
}
