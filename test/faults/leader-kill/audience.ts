import type { Revision } from '../../../src/store/store.ts';
import type { Commit } from '../../e2e/race/history.ts';
import { type ChangeTold, toldOfCommit } from '../../support/change-log.ts';
import { pick, randomFrom } from '../../support/random.ts';
import { type ChangeSeen, ResumingReader } from '../../support/resuming-reader.ts';

export interface AudienceOptions {
  readonly urls: readonly string[];
  readonly size: number;
  readonly after: Revision;
  readonly seed: number;
}

/** Of the events: those behind which a subscriber leaves, and goes on at any gateway. */
const leaving = 1 / 500;

/** Subscribers to all changes, at all gateways. */
export class Audience {
  readonly readers: readonly ResumingReader[];

  constructor({ urls, size, after, seed }: AudienceOptions) {
    const shared = new Map<string, ChangeSeen>();
    this.readers = Array.from({ length: size }, (_, index) => {
      const random = randomFrom(seed * 1000 + index);
      return new ResumingReader({ url: () => pick(urls, random), after, breaksOff: () => random() < leaving, shared });
    });
  }

  /** Waits until each was told of that revision. */
  async end(newest: Revision): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.untilTold(newest)));
    await Promise.all(this.readers.map((reader) => reader.close()));
  }
}

/** What commits have to be told of, in order, to an audience that was there before the first. */
export function toldOfAll(commits: readonly Commit[]): readonly ChangeTold[] {
  const present = new Set<string>();
  return commits.flatMap((commit) => toldOfCommit(commit, present));
}
