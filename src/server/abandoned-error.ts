import { GraphQLError } from 'graphql';
import type { Logger } from '../log.ts';

/**
 * graphql-js gives a list up at the first item that fails at once, and forgets those before it that are still waited for: when one of
 * them fails too, nobody is there to hear of it, and Node would end the process. A client could bring that about with a query. All else
 * that nobody hears of ends the process as ever. Returns what ends this.
 */
export function tolerateAbandonedErrors(log: Logger): () => void {
  function onRejection(reason: unknown): void {
    if (!(reason instanceof GraphQLError)) throw reason;
    log.debug({ reason: reason.message }, 'an error of an answer that was given up');
  }
  process.on('unhandledRejection', onRejection);
  return () => void process.off('unhandledRejection', onRejection);
}
