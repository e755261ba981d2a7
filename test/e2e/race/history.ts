import { type Key, keyFromText, prefixRange, textFromKey } from '../../../src/store/range.ts';
import type { Revision, Store, Watch } from '../../../src/store/store.ts';
import { plainPut, prefix } from './world.ts';

/** What one revision changed: new values by key, without the prefix; null for a key that went. */
export interface Commit {
  readonly revision: Revision;
  readonly changes: ReadonlyMap<string, string | null>;
  /** Whether a gateway made it: only they put operations. */
  readonly isOurs: boolean;
}

/** Every revision from now on, in order, as the store itself tells it. */
export class History {
  readonly #commits: Commit[] = [];
  readonly #watch: Watch;
  readonly #reading: Promise<void>;
  #until: Revision = Number.POSITIVE_INFINITY;

  private constructor(watch: Watch) {
    this.#watch = watch;
    this.#reading = this.#read();
  }

  static async open(store: Store): Promise<History> {
    return new History(await store.watch({ range: prefixRange(keyFromText(prefix)) }));
  }

  /** All up to a last put, which is made here. */
  async end(store: Store): Promise<readonly Commit[]> {
    const { revision } = await store.commit({ compares: [], writes: [plainPut('config/end', '')] });
    this.#until = revision;
    if ((this.#commits.at(-1)?.revision ?? 0) >= revision) await this.#watch.close();
    await this.#reading;
    return this.#commits;
  }

  async #read(): Promise<void> {
    for await (const { revision, changes } of this.#watch) {
      const named = changes.map(({ key, current }) => [nameOf(key), current?.value.toString() ?? null] as const);
      const isOurs = named.some(([key, value]) => key.startsWith('gateway/operations/') && value !== null);
      this.#commits.push({ revision, changes: new Map(named), isOurs });
      if (revision >= this.#until) return;
    }
  }
}

/** How many keys that begin so there were at a time, at most. */
export function mostKeys(before: Readonly<Record<string, string>>, commits: readonly Commit[], start: string): number {
  const keys = new Set(Object.keys(before).filter((key) => key.startsWith(start)));
  let most = keys.size;
  for (const { changes } of commits) {
    for (const [key, value] of changes) {
      if (!key.startsWith(start)) continue;
      if (value === null) keys.delete(key);
      else keys.add(key);
    }
    most = Math.max(most, keys.size);
  }
  return most;
}

export function nameOf(key: Key): string {
  return textFromKey(key).slice(prefix.length);
}
