import type { WatchBatch } from '../store.ts';

/** What may wait for a slow reader. The last batch that went in may be larger than what was left. */
const mostBatches = 1000;
const mostBytes = 8 * 1024 * 1024;

type Next = IteratorResult<WatchBatch, undefined>;

interface Reader {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: unknown) => void;
}

const done: Next = { done: true, value: undefined };

/** Batches on the way from a watch to its reader. Who fills it stops when it is full and waits until it is empty. */
export class WatchQueue {
  readonly #batches: WatchBatch[] = [];
  /** Calls of `next` that wait: only while there are no batches. */
  readonly #readers: Reader[] = [];
  #bytes = 0;
  #ended: boolean = false;
  #failure: { readonly error: unknown } | null = null;
  #onEmpty: () => void = () => undefined;

  get isFull(): boolean {
    return this.#batches.length >= mostBatches || this.#bytes >= mostBytes;
  }

  push(batch: WatchBatch): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: batch });
    } else {
      this.#batches.push(batch);
      this.#bytes += bytesOf(batch);
    }
  }

  next(): Promise<Next> {
    const batch = this.#batches.shift();
    if (batch !== undefined) {
      this.#bytes -= bytesOf(batch);
      if (this.#batches.length === 0) this.#onEmpty();
      return Promise.resolve({ done: false, value: batch });
    }
    if (this.#failure !== null) {
      const { error } = this.#failure;
      this.#failure = null;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  untilEmpty(): Promise<void> {
    if (this.#batches.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** The reader gets the batches that are there, then the error. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#failure = { error };
    else reader.reject(error);
    this.#endReaders();
  }

  /** The reader gets nothing any more. */
  end(): void {
    this.#ended = true;
    this.#failure = null;
    this.#batches.length = 0;
    this.#onEmpty();
    this.#endReaders();
  }

  #endReaders(): void {
    for (const reader of this.#readers.splice(0)) reader.resolve(done);
  }
}

function bytesOf({ changes }: WatchBatch): number {
  let bytes = 0;
  for (const { key, previous, current } of changes) {
    bytes += key.length + (previous?.value.length ?? 0) + (current?.value.length ?? 0);
  }
  return bytes;
}
