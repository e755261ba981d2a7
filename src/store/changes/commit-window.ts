import type { Revision } from '../store.ts';
import type { Commit } from './commit.ts';

/** What is kept of the past, so that who comes back soon is served without asking the store. */
const mostCommits = 8192;
const mostBytes = 16 * 1024 * 1024;

/** The newest commits, without a gap between them: all that are behind `low`. */
export class CommitWindow {
  #low: Revision;
  #high: Revision;
  /** The forgotten ones at its beginning are undefined, until they are many. */
  #commits: (Commit | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  constructor(after: Revision) {
    this.#low = after;
    this.#high = after;
  }

  /** Nothing is known of this revision and those before it. */
  get low(): Revision {
    return this.#low;
  }

  /** All up to this revision is known. */
  get high(): Revision {
    return this.#high;
  }

  add(commit: Commit): void {
    this.#high = commit.revision;
    if (commit.changes.length === 0) return;
    this.#commits.push(commit);
    this.#bytes += commit.bytes;
    while (this.#commits.length - this.#first > mostCommits || this.#bytes > mostBytes) this.#forgetFirst();
    if (this.#first > mostCommits) {
      this.#commits = this.#commits.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The commits behind a revision, oldest first, at most `limit`; null when some of them are forgotten. */
  after(revision: Revision, limit: number): readonly Commit[] | null {
    if (revision < this.#low) return null;
    let low = this.#first;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#commits[middle]?.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return this.#commits.slice(low, low + limit).filter((commit) => commit !== undefined);
  }

  #forgetFirst(): void {
    const forgotten = this.#commits[this.#first];
    if (forgotten === undefined) throw new Error('There is nothing left to forget');
    this.#commits[this.#first++] = undefined;
    this.#low = forgotten.revision;
    this.#bytes -= forgotten.bytes;
  }
}
