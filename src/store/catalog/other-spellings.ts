import type { NodeKind } from '../keys.ts';
import type { Key } from '../range.ts';

export interface Spelling {
  readonly name: string;
  /** As stored; not the usual one of that name. */
  readonly path: Key;
  readonly hasRecord: boolean;
}

/** Where nodes lie whose names another tool has spelled otherwise. There are few of them, or none. */
export class OtherSpellings {
  readonly #paths = new Map<string, Set<Key>>();

  note(kind: NodeKind, { name, path, hasRecord }: Spelling): void {
    const key = `${kind} ${name}`;
    const paths = this.#paths.get(key) ?? new Set();
    if (hasRecord) this.#paths.set(key, paths.add(path));
    else if (paths.delete(path) && paths.size === 0) this.#paths.delete(key);
  }

  /** Of those with a record the last one in key order; null when there is none. */
  last(kind: NodeKind, name: string): Key | null {
    if (this.#paths.size === 0) return null;
    return [...(this.#paths.get(`${kind} ${name}`) ?? [])].sort((a, b) => (a < b ? -1 : 1)).at(-1) ?? null;
  }
}
