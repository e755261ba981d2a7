import type { ExecutionResult } from 'graphql';
import { type Plugin, processRegularResult } from 'graphql-yoga';
import type { Caller } from './caller.ts';
import { type ClientError, isClientError } from './client-error.ts';
import { textOf } from './reply.ts';
import { refusal } from './request-error.ts';
import { openResultStream, type Results } from './result-stream.ts';

/** What a client takes when it takes server-sent events. */
const eventStreamTypes = new Set(['text/event-stream', 'text/*', '*/*']);

/** By its `Accept`; null: it does not say, and takes whatever comes. */
export function takesEventStream(accept: string | null): boolean {
  if (accept === null) return true;
  return accept.split(',').some((range) => eventStreamTypes.has(range.split(';')[0]?.trim().toLowerCase() ?? ''));
}

export function notAcceptable(accept: string | null): ClientError {
  const message = `A subscription is answered as text/event-stream, or over WebSocket, not as ${accept}`;
  return refusal({ status: 406, field: 'accept', message });
}

/**
 * Over HTTP, a stream ends with its error as the last answer: server-sent events know no other way to tell. And who takes a subscription in no
 * media type that there is one in, as multipart, is told so in JSON: Yoga would answer nothing at all.
 */
export function useEventStream(): Plugin<Caller> {
  return {
    onExecutionResult({ result, setResult }) {
      if (result !== undefined && Symbol.asyncIterator in result) setResult(endingWithErrors(result[Symbol.asyncIterator]()));
    },
    onResponse({ response }) {
      // Yoga keeps connections of server-sent events alive, also where the client or the door wants them closed.
      response.headers.delete('connection');
      // Of a multipart answer. Node says it to those who know it: clients of HTTP/1.0 don't.
      response.headers.delete('transfer-encoding');
    },
    onResultProcess({ result, setResult, resultProcessor, setResultProcessor }) {
      if (!Array.isArray(result) && !(Symbol.asyncIterator in result)) setResult(written(result));
      if (resultProcessor === undefined) setResultProcessor(processRegularResult, 'application/json');
    },
  };
}

function endingWithErrors(results: AsyncIterator<ExecutionResult>): Results {
  let isOver = false;
  return openResultStream({
    async next() {
      if (isOver) return undefined;
      try {
        const { done, value } = await results.next();
        return done === true ? undefined : written(value);
      } catch (error) {
        if (!isClientError(error)) throw error;
        isOver = true;
        return written({ errors: [error] });
      }
    },
    cancel: async () => results.return?.(),
    onEnd: () => undefined,
  });
}

/** Yoga would make each error anew, and tell another place in the document than it says. */
function written(result: ExecutionResult): ExecutionResult & { readonly stringify: () => string } {
  return { ...result, stringify: () => textOf(result) };
}
