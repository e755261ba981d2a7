import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import { type AnswerType, answerTypeOf } from './answer-type.ts';
import type { Answer, Answering } from './answers/index.ts';
import { credentialEndOf } from './authentication.ts';
import { answerBatch } from './batch.ts';
import type { Caller } from './caller.ts';
import { isClientError } from './client-error.ts';
import type { Documents } from './documents.ts';
import { type Admission, asksForCost } from './limits/index.ts';
import { logRefusedDocument } from './operation-log.ts';
import { inOperationSpan } from './operation-span.ts';
import type { PersistedOperations } from './persisted-operations/index.ts';
import { replyBatch, replyResult, replyTagged } from './reply.ts';
import { inputError, refusal } from './request-error.ts';
import { readParametersOrBatch } from './request-parameters.ts';

export interface PlainRequestOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly answering: Answering;
  readonly bodyLimitBytes: number;
  /** Operations in one request; 0: no batches. */
  readonly batchLimit: number;
  readonly admission: Admission;
  readonly persisted: PersistedOperations | null;
  /** Answers whatever comes in parts: as server-sent events or as multipart. */
  readonly stream: (request: IncomingMessage, response: ServerResponse, caller: ReadCaller) => Promise<void> | void;
}

/** A caller whose request may have been read already. */
export interface ReadCaller extends Caller {
  readonly parameters?: GraphQLParams;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void> | void;

/** Queries and mutations whose answer is one JSON document: request -> parameters -> document -> operation -> answer -> reply. */
export function openPlainRequests(options: PlainRequestOptions): RequestHandler {
  const { services, stream, admission } = options;
  return async (request, response, caller) => {
    const mediaType = answerTypeOf(caller.accept);
    const origin = { viewer: caller.viewer, address: request.socket.remoteAddress };
    function admit(count: number): void {
      const refused = count === 0 ? null : admission.refusalOf(origin, count);
      if (refused !== null) throw refused;
    }
    function streamed(given: ReadCaller): Promise<void> | void {
      const leave = admission.openSocket(origin);
      if (typeof leave !== 'function') throw leave;
      response.once('close', leave);
      return stream(request, response, given);
    }

    let answer: Answer;
    try {
      admit(1);
      if (mediaType === null) return await streamed(caller);
      const parameters = await readParametersOrBatch(request, options);
      const how = { caller, method: request.method, mediaType };
      if ('batch' in parameters) {
        admit(parameters.batch.length - 1);
        const bodies = await answerBatch({
          ...parameters,
          caller,
          services,
          answer: (one) => answerTo({ ...how, ...one }, options),
        });
        if (!caller.clientSignal.aborted) replyBatch(response, bodies, mediaType);
        return;
      }
      const ifNoneMatch = request.method === 'GET' ? request.headers['if-none-match'] : undefined;
      const found = await answerTo({ ...how, parameters, ifNoneMatch }, options);
      if (found === null) return await streamed({ ...caller, parameters });
      answer = found;
    } catch (error) {
      // A request that was cut has nobody to answer to.
      if (caller.clientSignal.aborted || isCut(error)) return;
      if (response.headersSent) throw error;
      answer = { type: 'RESULT', result: { errors: [answerError(error, services)] } };
    }
    if (!caller.clientSignal.aborted) reply(response, answer, mediaType ?? 'application/json');
  };
}

interface PlainOperation {
  readonly parameters: GraphQLParams;
  readonly caller: Caller;
  readonly method: string | undefined;
  readonly mediaType: AnswerType;
  readonly ifNoneMatch?: string | undefined;
}

/** Null for a subscription, which is not answered by one document. */
async function answerTo(
  { parameters, caller, method, mediaType, ifNoneMatch }: PlainOperation,
  options: PlainRequestOptions,
): Promise<Answer | null> {
  const { services, schema, answering } = options;
  const { query: text = '', operationName = null, variables: variableValues, extensions } = parameters;
  const document = parsed(text, caller, options);
  const operation = operationOf(document, operationName, method);
  const errors = errorsOf(document, caller, options);
  if (errors.length > 0) return { type: 'RESULT', result: { errors } };
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
  const args = { schema, document, operationName, variableValues };
  const asking = asksForCost(extensions) ? { ...caller, wantsCost: true } : caller;
  const answer = await inOperationSpan({ services, args, caller }, () =>
    answering.answer({ text, args, operation, caller: asking, mediaType, ifNoneMatch }),
  );
  // It may have been made for others who asked the same.
  const end = operation.operation === OperationTypeNode.MUTATION ? null : credentialEndOf(caller.signal);
  if (end !== null) throw end;
  return answer;
}

type CheckOptions = Pick<PlainRequestOptions, 'documents' | 'services'>;

function parsed(text: string, caller: Caller, { documents, services }: CheckOptions): DocumentNode {
  try {
    return documents.parse(text);
  } catch (error) {
    if (isClientError(error)) logRefusedDocument({ services, caller, errors: [error] });
    throw error;
  }
}

function errorsOf(document: DocumentNode, caller: Caller, { documents, services }: CheckOptions): readonly GraphQLError[] {
  const errors = documents.errorsOf(document);
  if (errors.length > 0) logRefusedDocument({ services, caller, errors });
  return errors;
}

/** As Yoga has it. */
function operationOf(document: DocumentNode, operationName: string | null, method: string | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw inputError(new GraphQLError('Could not determine what operation to execute.'));
  if (operation.operation !== OperationTypeNode.MUTATION || method !== 'GET') return operation;
  const message = 'Can only perform a mutation operation from a POST request.';
  throw refusal({ status: 405, field: 'method', message, allow: 'POST' });
}

function isCut(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function reply(response: ServerResponse, answer: Answer, mediaType: AnswerType): void {
  if (answer.type === 'RESULT') replyResult(response, answer.result, mediaType);
  else replyTagged(response, { tag: answer.tag, mediaType, body: answer.type === 'TAGGED' ? answer.body : null });
}
