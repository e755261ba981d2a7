import type { ExecutionResult } from 'graphql';

export type Results = AsyncIterableIterator<ExecutionResult, undefined>;

export interface StreamEnd {
  /** What ended it; null when nothing failed. */
  readonly error: unknown;
  /** Its reader went away before its end. */
  readonly aborted: boolean;
}

export interface ResultStreamOptions {
  /** The next result; undefined at the end. */
  readonly next: () => Promise<ExecutionResult | undefined>;
  /** Called for each result that the reader is given. */
  readonly onResult?: () => void;
  /** Ends the source of `next`, and settles it where it waits. */
  readonly cancel: () => Promise<unknown>;
  /** Called once, when it is over. */
  readonly onEnd: (end: StreamEnd) => void;
}

/**
 * Results as an iterator that can be ended while it waits. A generator can't: its `return()` comes only after the `next()` that it waits
 * in, so who goes away while nothing happens would never be let go.
 */
export function openResultStream({ next, onResult, cancel, onEnd }: ResultStreamOptions): Results {
  const done = { done: true, value: undefined } as const;
  let isOver = false;
  /** Settles a `next()` that waits, whatever it waits for: a reader that went must not be kept. */
  let release: (end: typeof done) => void = () => undefined;

  function end(how: StreamEnd): void {
    if (isOver) return;
    isOver = true;
    onEnd(how);
  }

  async function take(): Promise<IteratorResult<ExecutionResult, undefined>> {
    try {
      const value = await next();
      if (value !== undefined && !isOver) {
        onResult?.();
        return { done: false, value };
      }
      end({ error: null, aborted: false });
      return done;
    } catch (error) {
      if (isOver) return done;
      end({ error, aborted: false });
      await cancel();
      throw error;
    }
  }

  const results: Results = {
    next() {
      if (isOver) return Promise.resolve(done);
      const released = new Promise<typeof done>((resolve) => {
        release = resolve;
      });
      return Promise.race([take(), released]);
    },
    async return() {
      end({ error: null, aborted: true });
      release(done);
      await cancel();
      return done;
    },
    async throw(error: unknown) {
      end({ error, aborted: true });
      release(done);
      await cancel();
      throw error;
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}
