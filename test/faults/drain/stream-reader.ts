import type { Answer } from '../../support/gateway.ts';
import type { ChangeSeen, Ending } from '../../support/resuming-reader.ts';
import { openEventSource } from '../../support/sse-client.ts';

const query = 'subscription ($after: EventCursor) { changes(after: $after) { type kind id revision cursor } }';

export interface StreamReaderOptions {
  /** Each of them is read until it ends the stream; the last one until `end`. */
  readonly urls: readonly string[];
  readonly after: string;
}

/** Reads `changes` as server-sent events, and goes on at the next gateway behind what the one before says. */
export class StreamReader {
  readonly seen: ChangeSeen[] = [];
  readonly endings: Ending[] = [];
  readonly #options: StreamReaderOptions;
  #newest = Number.POSITIVE_INFINITY;
  readonly #reading: Promise<void>;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#reading = this.#run();
  }

  /** Resolves when it was told of that revision; something has to be told of a later one. */
  async end(newest: number): Promise<void> {
    this.#newest = newest;
    await this.#reading;
  }

  async #run(): Promise<void> {
    let { after } = this.#options;
    for (const url of this.#options.urls) {
      const source = await openEventSource(url, { query, variables: { after } });
      const ending = await this.#read(() => source.next());
      source.cut();
      if (ending === null) return;
      this.endings.push(ending);
      after = ending.resumeAfter ?? '';
    }
    throw new Error(`All streams ended: ${JSON.stringify(this.endings)}`);
  }

  /** Null: it has been told enough. */
  async #read(next: () => Promise<Answer | undefined>): Promise<Ending | null> {
    for (;;) {
      if ((this.seen.at(-1)?.revision ?? 0) >= this.#newest) return null;
      const answer = await next();
      if (answer === undefined) return { code: 'COMPLETE' };
      if (answer.errors !== undefined) return answer.errors[0]?.extensions;
      this.seen.push({ ...answer.data.changes, revision: Number(answer.data.changes.revision) });
    }
  }
}
