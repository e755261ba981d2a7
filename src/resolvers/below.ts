import type { Context } from '../context.ts';
import type { DirectoryEntity } from '../store/entities/entity.ts';
import { folderRange } from '../store/keys.ts';
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

/**
 * The keys below a node that begin with `prefix`, such as `guests/`. All that are asked for in one tick travel as one wave, and
 * they are free when the kind's folder was read already.
 */
export async function listBelow(context: Context, node: DirectoryOwner, prefix: string): Promise<readonly Below[]> {
  const start: Key = node.directory + prefix;
  const entries = await context.snapshot.list(prefixRange(start), folderRange(context.keys, node.kind));
  return entries.map((entry) => ({ name: textFromKey(entry.key.slice(start.length)), entry }));
}

/** The one key below a node that is called `name`. */
export async function getBelow(context: Context, node: DirectoryOwner, name: Key): Promise<KeyValue | null> {
  const [entry] = await context.snapshot.list(keyRange(node.directory + name), folderRange(context.keys, node.kind));
  return entry ?? null;
}

export function textOfValue({ value }: KeyValue): string {
  return value.toString('utf8');
}
