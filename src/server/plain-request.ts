import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLParams } from 'graphql-yoga';
import { answerError } from './answer-error.ts';
import { type AnswerType, answerTypeOf } from './answer-type.ts';
import type { Answer } from './answers/index.ts';
import { answerBatch } from './batch.ts';
import type { Caller } from './caller.ts';
import type { Admission, RefusalLog } from './limits/index.ts';
import { logRefusedRequest } from './operation-log.ts';
import type { PersistedLookups } from './persisted-operations/index.ts';
import { answerPlainly, type PlainOperationOptions } from './plain-operation.ts';
import { replyBatch, replyResult, replyTagged } from './reply.ts';
import { readParametersOrBatch } from './request-parameters.ts';

export interface PlainRequestOptions extends PlainOperationOptions {
  readonly bodyLimitBytes: number;
  /** Operations in one request; 0: no batches. */
  readonly batchLimit: number;
  /** A client that takes nothing of what is streamed for so long is cut. */
  readonly stallTimeoutMs: number;
  readonly admission: Admission;
  readonly refusals: RefusalLog;
  readonly persisted: PersistedLookups | null;
  /** Answers whatever comes in parts: as server-sent events or as multipart. */
  readonly stream: (request: IncomingMessage, response: ServerResponse, caller: ReadCaller) => Promise<void> | void;
}

/** A caller whose request may have been read already. */
export interface ReadCaller extends Caller {
  readonly parameters?: GraphQLParams;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void> | void;

/** Requests whose answer is one JSON document, of one operation or of a batch: request -> parameters -> answer -> reply. */
export function openPlainRequests(options: PlainRequestOptions): RequestHandler {
  const { services, stream, admission, refusals, persisted, stallTimeoutMs } = options;
  return async (request, response, asking) => {
    const mediaType = answerTypeOf(asking.accept);
    const origin = { viewer: asking.viewer, address: request.socket.remoteAddress };
    const caller: Caller = { ...asking, charge: (cost) => admission.refusalOfCost(origin, cost) };
    function admit(count: number): void {
      const refused = count === 0 ? null : admission.refusalOf(origin, count);
      if (refused !== null) throw refused;
    }
    async function streamed(given: ReadCaller): Promise<void> {
      // It is gone already: nothing would tell when to leave.
      if (response.closed) return;
      const leave = admission.openSocket(origin);
      if (typeof leave !== 'function') throw leave;
      response.once('close', leave);
      await stream(request, response, given);
      // Yoga sets none for what it streams, and a client that takes nothing of it would stay for ever.
      if (!response.closed) request.socket.setTimeout(stallTimeoutMs);
    }

    let answer: Answer;
    try {
      admit(1);
      if (mediaType === null) return await streamed(caller);
      const parameters = await readParametersOrBatch(request, { ...options, persisted: persisted?.(caller.charge) ?? null });
      const how = { caller, method: request.method, mediaType };
      if ('batch' in parameters) {
        admit(parameters.batch.length - 1);
        const bodies = await answerBatch({
          ...parameters,
          caller,
          services,
          answer: (one) => answerPlainly({ ...how, ...one }, options),
        });
        if (!caller.clientSignal.aborted) replyBatch(response, { bodies, mediaType });
        return;
      }
      const ifNoneMatch = request.method === 'GET' ? request.headers['if-none-match'] : undefined;
      const found = await answerPlainly({ ...how, parameters, ifNoneMatch }, options);
      if (found === null) return await streamed({ ...caller, parameters });
      answer = found;
    } catch (error) {
      // A request that was cut has nobody to answer to.
      if (caller.clientSignal.aborted || isCut(error)) return;
      if (response.headersSent) throw error;
      const refused = answerError(error, services);
      logRefusedRequest({ services, caller, errors: [refused], refusals });
      answer = { type: 'RESULT', result: { errors: [refused] } };
    }
    if (!caller.clientSignal.aborted) reply(response, answer, mediaType ?? 'application/json');
  };
}

function isCut(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function reply(response: ServerResponse, answer: Answer, mediaType: AnswerType): void {
  if (answer.type === 'RESULT') replyResult(response, { result: answer.result, mediaType });
  else replyTagged(response, { tag: answer.tag, mediaType, body: answer.type === 'TAGGED' ? answer.body : null });
}
