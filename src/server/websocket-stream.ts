import type { ExecutionResult, GraphQLError } from 'graphql';
import { openResultStream, type Results } from './result-stream.ts';

export interface SocketStreamOptions {
  /** What `subscribe` made of a subscription. */
  readonly result: AsyncIterable<ExecutionResult> | ExecutionResult;
  /** Aborts when the client wants no more. */
  readonly signal: AbortSignal;
  readonly onEnd: () => void;
}

/**
 * A subscription as graphql-ws takes it: whatever ends it, or keeps it from beginning, is thrown. Then that goes out in a message `error`,
 * which the protocol has for it, and not as one more answer.
 */
export async function openSocketStream({ result, signal, onEnd }: SocketStreamOptions): Promise<Results> {
  const source = Symbol.asyncIterator in result ? result[Symbol.asyncIterator]() : refused(result);
  const results = openResultStream({
    async next() {
      const { done, value } = await source.next();
      return done === true ? undefined : value;
    },
    cancel: async () => source.return?.(),
    onEnd,
  });
  // It was given up while it began: nobody will take anything of it.
  if (signal.aborted) await results.return?.();
  return results;
}

/** Errors for which a subscription does not begin. graphql-ws knows one that is thrown, not several. */
class Refused extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super('Refused');
    this.errors = errors;
  }
}

function refused({ errors = [] }: ExecutionResult): AsyncIterator<ExecutionResult> {
  return { next: () => Promise.reject(new Refused(errors)) };
}

/** What was thrown, as the client is to see it. */
export function refusalsIn(error: GraphQLError): readonly GraphQLError[] {
  return error.originalError instanceof Refused ? error.originalError.errors : [error];
}
