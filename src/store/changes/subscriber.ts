import type { Revision } from '../store.ts';
import type { Commit } from './commit.ts';

/** Who is told of commits, whatever it makes of them. */
export interface Subscriber {
  /** All up to it was looked at. */
  readonly position: Revision;
  readonly isOver: boolean;
  /** Events that its reader has not taken yet. */
  readonly waiting: number;
  /** Takes over what it wants of a commit. Where there is no room for it, it is ended with SLOW_CONSUMER, or tells that it is behind. */
  offer(commit: Commit): void;
  /** Nothing else happened up to this revision. */
  pass(revision: Revision): void;
  /** Waits until its reader has taken most of what it was offered; ends a reader that takes nothing. */
  untilRoom(): Promise<void>;
  /** What it was offered and its reader did not take is dropped. */
  fail(error: unknown): void;
  /** Ends it with SLOW_CONSUMER, for that reason. */
  failSlow(reason: string): void;
  /** Ends it with SERVER_DRAINING. */
  drain(): void;
}
