import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdFailure } from './errors.ts';

export interface Bounds {
  /** On the clock of `performance.now()`: the time of day may jump. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** Waits for work that others wait for too, so that it can't be given bounds of its own: only this wait ends with them. */
export async function bounded<T>(work: Promise<T>, { deadline, signal }: Bounds): Promise<T> {
  // Whichever loses the race must not become an unhandled rejection.
  work.catch(() => undefined);
  signal?.throwIfAborted();
  const done = new AbortController();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
  });
  const late = sleep(Math.max(0, deadline - performance.now()), undefined, { signal: done.signal }).then(() => {
    throw new EtcdFailure('silent', 'no answer in time');
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, aborted, late]);
  } finally {
    done.abort();
    signal?.removeEventListener('abort', abort);
  }
}

/** Fails with the signal's reason when it aborts. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** Work that waits at many places at once gets a signal of its own: Node takes more than ten listeners on the caller's for a leak. */
export async function withOwnSignal<T>(signal: AbortSignal | undefined, work: (own: AbortSignal) => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const abort = () => own.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    return await work(own.signal);
  } finally {
    signal?.removeEventListener('abort', abort);
    // What is still under way when one part of the work has failed is of no use any more.
    own.abort();
  }
}
