import { prefixRange } from '../../src/store/range.ts';
import type { Revision, Store, Watch, WatchBatch, Write } from '../../src/store/store.ts';
import { wholeFrom } from './random.ts';

/** What one commit did: `key: before -> after` for each key, in key order, a dash for nothing. */
export interface CommitSeen {
  readonly revision: Revision;
  readonly changes: readonly string[];
}

export const historyRange = prefixRange('history/');

const keyCount = 40;
const mostWrites = 8;

/** Writes random commits to a few keys, one after the other, and remembers what each of them did. */
export class HistoryWriter {
  readonly history: CommitSeen[] = [];
  readonly #store: Store;
  readonly #random: () => number;
  readonly #state = new Map<string, string>();
  #values = 0;

  constructor(store: Store, random: () => number) {
    this.#store = store;
    this.#random = random;
  }

  get newest(): Revision {
    return this.history.at(-1)?.revision ?? 0;
  }

  async write(commits: number): Promise<void> {
    const end = this.history.length + commits;
    while (this.history.length < end) {
      const keys = new Set<string>();
      for (let count = wholeFrom(this.#random, 1, mostWrites); count > 0; count--) {
        keys.add(`history/${wholeFrom(this.#random, 0, keyCount - 1)}`);
      }
      const changes: string[] = [];
      const writes = [...keys].sort(byCodeUnits).map((key) => this.#writeOf(key, changes));
      const { revision } = await this.#store.commit({ compares: [], writes });
      // Deleting what is not there makes no revision.
      if (changes.length > 0) this.history.push({ revision, changes });
    }
  }

  #writeOf(key: string, changes: string[]): Write {
    const before = this.#state.get(key);
    if (this.#random() < 0.3) {
      if (before !== undefined) changes.push(`${key}: ${before} -> -`);
      this.#state.delete(key);
      return { type: 'delete', range: { start: key } };
    }
    const after = `value ${this.#values++}`;
    changes.push(`${key}: ${before ?? '-'} -> ${after}`);
    this.#state.set(key, after);
    return { type: 'put', key, value: Buffer.from(after) };
  }
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : 1;
}

/** What a watch delivers, up to and with a revision. */
export async function readHistory(watch: Watch, until: Revision): Promise<CommitSeen[]> {
  const seen: CommitSeen[] = [];
  const batches = watch[Symbol.asyncIterator]();
  for (;;) {
    const next = await batches.next();
    if (next.done === true) throw new Error(`The watch ended before revision ${until}`);
    seen.push(seenOf(next.value));
    if (next.value.revision >= until) return seen;
  }
}

function seenOf({ revision, changes }: WatchBatch): CommitSeen {
  const text = (value: Buffer | undefined) => value?.toString() ?? '-';
  return {
    revision,
    changes: changes.map(({ key, previous, current }) => `${key}: ${text(previous?.value)} -> ${text(current?.value)}`),
  };
}
