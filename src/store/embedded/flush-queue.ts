import { GatewayError, messageOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { OutcomeUnknownError } from '../store.ts';
import { type Journal, type JournalRecord, NothingWrittenError } from './journal.ts';

/** Commits that may wait for the disk; one more is refused before it is applied. */
export const waitingCommitsLimit = 10_000;
/** Their keys and values together. */
export const waitingBytesLimit = 64 * 1024 * 1024;

interface Waiting {
  /** Null for an answer that writes nothing but rests on the commits before it. */
  readonly record: JournalRecord | null;
  readonly bytes: number;
  readonly undo: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Makes commits durable in the order in which they were applied. One group is on its way to the disk at a time; what is applied
 * meanwhile forms the next group and shares its flush.
 *
 * A commit is applied in memory before it is durable, so that the next one can be decided at once. When a group fails, everything
 * applied since rests on it: all of it is undone, newest first, and refused. Nobody has seen any of it, since readers, watchers and
 * answers wait for `onDurable`.
 */
export class FlushQueue {
  readonly #journal: Journal;
  readonly #onDurable: (record: JournalRecord) => void;
  readonly #log: Logger;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | null = null;
  #failure: Error | null = null;

  constructor({ journal, onDurable, log }: { journal: Journal; onDurable: (record: JournalRecord) => void; log: Logger }) {
    this.#journal = journal;
    this.#onDurable = onDurable;
    this.#log = log;
  }

  /** False when the outcome of a write is unknown, so that nothing can be written until the store is opened again. */
  get isWritable(): boolean {
    return this.#failure === null;
  }

  /** To be called before a commit is applied: refuses it when the disk failed or lags too far behind. */
  checkRoom(): void {
    if (this.#failure !== null) {
      throw unavailable('The embedded store takes no more writes until it is opened again, since one has failed', this.#failure);
    }
    if (this.#waiting.length >= waitingCommitsLimit || this.#waitingBytes >= waitingBytesLimit) {
      throw unavailable(`The embedded store is busy: ${this.#waiting.length} commits wait for the disk`);
    }
  }

  /** Resolves when the record is durable. `undo` takes it back in memory when it can't be. */
  add(record: JournalRecord, undo: () => void): Promise<void> {
    return this.#enqueue(record, undo);
  }

  /** Resolves when all that was added before is durable: an answer that was decided on it may go out then. */
  async settled(): Promise<void> {
    if (this.#running === null) return;
    this.checkRoom();
    await this.#enqueue(null, () => undefined);
  }

  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#journal.close();
  }

  #enqueue(record: JournalRecord | null, undo: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = record === null ? 0 : bytesOf(record);
      this.#waiting.push({ record, bytes, undo, resolve, reject });
      this.#waitingBytes += bytes;
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Lets the other commits of this tick join the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      await this.#flush(group);
    }
    // In the same turn as the last look at the queue: whoever comes next starts it again.
    this.#running = null;
  }

  async #flush(group: readonly Waiting[]): Promise<void> {
    const records = group.flatMap(({ record }) => (record === null ? [] : [record]));
    try {
      if (records.length > 0) await this.#journal.write(records);
    } catch (error) {
      this.#refuse(group, error);
      return;
    }
    for (const record of records) this.#onDurable(record);
    for (const { resolve } of group) resolve();
  }

  #refuse(group: readonly Waiting[], error: unknown): void {
    const nothingWritten = error instanceof NothingWrittenError;
    if (!nothingWritten) this.#failure = error instanceof Error ? error : new Error(messageOf(error));
    this.#log.error({ err: error, commits: group.length }, 'The embedded store could not write to its folder');
    const refused = [...group, ...this.#waiting];
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { undo } of refused.toReversed()) undo();
    for (const [index, { record, reject }] of refused.entries()) {
      const mayBeWritten = !nothingWritten && record !== null && index < group.length;
      reject(
        mayBeWritten
          ? new OutcomeUnknownError(`The embedded store may or may not have written: ${messageOf(error)}`, { cause: error })
          : unavailable(`The embedded store could not write to its folder: ${messageOf(error)}`, error),
      );
    }
  }
}

function bytesOf(record: JournalRecord): number {
  let bytes = 0;
  for (const { key, current } of record.updates) bytes += key.length + (current?.value.length ?? 0);
  return bytes;
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('STORE_UNAVAILABLE', message, { cause });
}
