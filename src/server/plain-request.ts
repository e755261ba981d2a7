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
import type { Caller } from './caller.ts';
import { isClientError } from './client-error.ts';
import type { Documents } from './documents.ts';
import { logRefusedDocument } from './operation-log.ts';
import { replyResult, replyTagged } from './reply.ts';
import { inputError, refusal } from './request-error.ts';
import { readParameters } from './request-parameters.ts';

export interface PlainRequestOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly answering: Answering;
  readonly bodyLimitBytes: number;
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
  const { services, schema, answering, stream } = options;
  return async (request, response, caller) => {
    const mediaType = answerTypeOf(caller.accept);
    if (mediaType === null) return stream(request, response, caller);
    let answer: Answer;
    try {
      const parameters = await readParameters(request, options);
      const { query: text = '', operationName = null, variables: variableValues } = parameters;
      const document = parsed(text, caller, options);
      const operation = operationOf(document, operationName, request.method);
      const errors = errorsOf(document, caller, options);
      if (errors.length === 0 && operation.operation === OperationTypeNode.SUBSCRIPTION) {
        return await stream(request, response, { ...caller, parameters });
      }
      const args = { schema, document, operationName, variableValues };
      const ifNoneMatch = request.method === 'GET' ? request.headers['if-none-match'] : undefined;
      answer =
        errors.length === 0
          ? await answering.answer({ text, args, operation, caller, mediaType, ifNoneMatch })
          : { type: 'RESULT', result: { errors } };
    } catch (error) {
      // A request that was cut has nobody to answer to.
      if (caller.signal.aborted || isCut(error)) return;
      answer = { type: 'RESULT', result: { errors: [answerError(error, services)] } };
    }
    if (!caller.signal.aborted) reply(response, answer, mediaType);
  };
}

type CheckOptions = Pick<PlainRequestOptions, 'documents' | 'services'>;

function parsed(text: string, caller: Caller, { documents, services: { log } }: CheckOptions): DocumentNode {
  try {
    return documents.parse(text);
  } catch (error) {
    if (isClientError(error)) logRefusedDocument({ log, caller, errors: [error] });
    throw error;
  }
}

function errorsOf(
  document: DocumentNode,
  caller: Caller,
  { documents, services: { log } }: CheckOptions,
): readonly GraphQLError[] {
  const errors = documents.errorsOf(document);
  if (errors.length > 0) logRefusedDocument({ log, caller, errors });
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
