import { badUserInput, hasErrorCode } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Revision, Watch, WatchBatch, WatchRequest } from '../store.ts';
import { pause } from './bounded.ts';
import type { Cluster } from './cluster.ts';
import { EtcdFailure, isTransient } from './errors.ts';
import { newestRevision } from './read-transaction.ts';
import { attachWatch, watchError } from './watch-attachment.ts';
import { BatchAssembler } from './watch-batches.ts';
import { WatchQueue } from './watch-queue.ts';
import type { WatchStream } from './watch-stream.ts';
import { isEmptyRange } from './wire.ts';

/** Between attempts to go on while no endpoint answers; each of them takes the request timeout already. */
const outagePauseMs = 500;

export interface WatchOptions extends WatchRequest {
  readonly cluster: Cluster;
  readonly log: Logger;
}

/** Resolves when etcd has accepted the watch. */
export async function openWatch(options: WatchOptions): Promise<EtcdWatch> {
  const { cluster, range, signal } = options;
  if (isEmptyRange(range)) throw new RangeError('A watch needs a range in which keys can lie');
  if (!Number.isSafeInteger(options.after ?? 0)) throw badUserInput('after', `${options.after} is no revision`);
  const attach = async (): Promise<EtcdWatch> => {
    const after = options.after ?? (await newestRevision(cluster, signal));
    return new EtcdWatch(options, after, await attachWatch(cluster, { range, after, signal }));
  };
  try {
    return await attach();
  } catch (error) {
    if (signal?.aborted === true) return new EtcdWatch(options, options.after ?? cluster.newest, null);
    if (!(error instanceof EtcdFailure)) throw error;
    if (error.kind !== 'futureRevision') throw await watchError(cluster, options.after ?? 0, error);
    const newest = await newestRevision(cluster, signal);
    // It may have been committed just after the attempt.
    if (options.after !== undefined && options.after <= newest) return await attach();
    throw badUserInput('after', `Revision ${options.after} does not exist yet: the newest is ${newest}`);
  }
}

/**
 * A watch that outlives its streams. It knows the revision up to which everything has been queued for the reader; when a stream
 * breaks it opens another one from there. A reader so slow that the queue fills costs nobody anything either: the stream is given
 * up, and opened again from there when the queue is empty.
 */
export class EtcdWatch implements Watch {
  readonly after: Revision;
  /** Resolves when it holds nothing any more. */
  readonly ended: Promise<void>;
  readonly #options: WatchOptions;
  readonly #queue = new WatchQueue();
  readonly #ending = new AbortController();
  #queuedUpTo: Revision;
  #stream: WatchStream | null = null;

  /** Without a stream it has ended already. */
  constructor(options: WatchOptions, after: Revision, stream: WatchStream | null) {
    this.#options = options;
    this.after = after;
    this.#queuedUpTo = after;
    options.signal?.addEventListener('abort', this.#end);
    if (stream === null || options.signal?.aborted === true) this.#end();
    this.ended = this.#fill(stream);
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch, undefined> {
    return {
      next: () => this.#queue.next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  requestProgress(): void {
    this.#stream?.requestProgress();
  }

  async close(): Promise<void> {
    this.#end();
    await this.ended;
  }

  readonly #end = (): void => {
    this.#ending.abort();
    this.#queue.end();
  };

  async #fill(first: WatchStream | null): Promise<void> {
    let stream = first;
    try {
      while (!this.#ending.signal.aborted) {
        stream ??= await this.#attachAgain();
        await this.#drain(stream);
        stream = null;
        if (this.#queue.isFull) await this.#queue.untilEmpty();
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#queue.fail(error);
    } finally {
      stream?.cancel();
      this.#options.signal?.removeEventListener('abort', this.#end);
    }
  }

  /** Queues what the stream delivers until it breaks or the queue is full. */
  async #drain(stream: WatchStream): Promise<void> {
    const cancel = () => stream.cancel();
    this.#ending.signal.addEventListener('abort', cancel);
    const assembler = new BatchAssembler(this.#queuedUpTo);
    this.#stream = stream;
    try {
      while (!this.#queue.isFull && !this.#ending.signal.aborted) {
        for (const batch of assembler.add(await stream.next())) this.#deliver(batch);
      }
    } catch (error) {
      if (!(error instanceof EtcdFailure)) throw error;
      if (!isTransient(error)) throw await watchError(this.#options.cluster, this.#queuedUpTo, error);
    } finally {
      this.#ending.signal.removeEventListener('abort', cancel);
      this.#stream = null;
      stream.cancel();
    }
  }

  #deliver(batch: WatchBatch): void {
    // A member behind the one that was watched before may tell less progress than that one did.
    if (batch.changes.length === 0 && batch.revision <= this.#queuedUpTo) return;
    this.#options.cluster.saw(batch.revision);
    this.#queue.push(batch);
    this.#queuedUpTo = batch.revision;
  }

  /** From where the queue ends; as often as it takes. */
  async #attachAgain(): Promise<WatchStream> {
    const { cluster, range, log } = this.#options;
    const signal = this.#ending.signal;
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await attachWatch(cluster, { range, after: this.#queuedUpTo, signal });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof EtcdFailure) throw await watchError(cluster, this.#queuedUpTo, error);
        if (!hasErrorCode(error, 'STORE_UNAVAILABLE')) throw error;
        // Once an outage.
        if (isFirst) log.warn({ after: this.#queuedUpTo, err: error }, 'a watch can not go on yet');
      }
      await pause(outagePauseMs, signal);
    }
  }
}
