import type { Watch } from '../store.ts';
import type { Commit } from './commit.ts';
import type { CommitReader } from './commit-reader.ts';
import { CommitWindow } from './commit-window.ts';
import type { Subscriber } from './subscriber.ts';
import type { Turn } from './turn.ts';

/** Commits of the past that are told a subscriber before it is asked again how far it is. */
const commitsAtOnce = 32;
/** On a quiet range: how often the store is asked how far the watch is. */
const progressEveryMs = 1000;

export interface LiveWatchOptions {
  readonly watch: Watch;
  readonly commits: CommitReader;
  readonly turn: Turn;
  /** The watch is over by itself: with the error that ended it, or null when the store ended it. */
  readonly onEnd: (error: unknown) => void;
}

/** The one watch of all who are told of what happens now. */
export class LiveWatch {
  readonly window: CommitWindow;
  readonly #options: LiveWatchOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #progress: NodeJS.Timeout;
  #isQuiet: boolean = true;
  #isOver: boolean = false;

  constructor(options: LiveWatchOptions) {
    this.#options = options;
    this.window = new CommitWindow(options.watch.after);
    this.#progress = setInterval(() => this.#askIfQuiet(), progressEveryMs).unref();
    void this.#run();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tells it all that comes from now on. It has been told all that the window holds. */
  follow(subscriber: Subscriber): void {
    subscriber.pass(this.window.high);
    if (!subscriber.isOver) this.#subscribers.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#progress);
    await this.#options.watch.close();
  }

  async #run(): Promise<void> {
    const { watch, commits, turn, onEnd } = this.#options;
    let failure: unknown = null;
    try {
      for await (const batch of watch) {
        this.#isQuiet = false;
        this.#tell(commits.read(batch));
        if (turn.isOver) await turn.next();
      }
    } catch (error) {
      failure = error;
    }
    if (this.#isOver) return;
    await this.close();
    onEnd(failure);
  }

  #tell(commit: Commit): void {
    this.window.add(commit);
    for (const subscriber of this.#subscribers) subscriber.offer(commit);
  }

  #askIfQuiet(): void {
    if (this.#isQuiet) this.#options.watch.requestProgress();
    this.#isQuiet = true;
  }
}

/** Tells a subscriber what the window holds, at its pace, and then has it follow. */
export async function catchUp(subscriber: Subscriber, live: LiveWatch, turn: Turn): Promise<void> {
  for (;;) {
    if (subscriber.isOver || live.isOver) return;
    const commits = live.window.after(subscriber.position, commitsAtOnce);
    if (commits === null) return subscriber.failSlow('What comes next for it was forgotten before it was read');
    if (commits.length === 0) return live.follow(subscriber);
    for (const commit of commits) {
      await subscriber.untilRoom();
      subscriber.offer(commit);
      if (turn.isOver) await turn.next();
    }
  }
}
