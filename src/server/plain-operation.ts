import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import type { AnswerType } from './answer-type.ts';
import type { Answer, Answering } from './answers/index.ts';
import { credentialEndOf } from './authentication.ts';
import type { Caller } from './caller.ts';
import { chosenOperation } from './chosen-operation.ts';
import type { Documents } from './documents.ts';
import { hideSchema } from './introspection.ts';
import { asksForCost } from './limits/index.ts';
import { logRefusedDocument } from './operation-log.ts';
import { inOperationSpan } from './operation-span.ts';
import { refusal } from './request-error.ts';

export interface PlainOperationOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly answering: Answering;
}

export interface PlainOperation {
  readonly parameters: GraphQLParams;
  readonly caller: Caller;
  readonly method: string | undefined;
  readonly mediaType: AnswerType;
  readonly ifNoneMatch?: string | undefined;
}

/** Parameters -> document -> operation -> answer. Null for a subscription, which is not answered by one document. */
export async function answerPlainly(asked: PlainOperation, options: PlainOperationOptions): Promise<Answer | null> {
  const { parameters, caller, mediaType, ifNoneMatch } = asked;
  const { services, answering } = options;
  const { query: text = '', extensions } = parameters;
  const found = operationIn(asked, options);
  if ('errors' in found) {
    const errors = found.errors.map((error) => answerError(error, services));
    logRefusedDocument({ services, caller, errors });
    return { type: 'RESULT', result: { errors } };
  }
  const { args, operation } = found;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
  const asking = asksForCost(extensions) ? { ...caller, wantsCost: true } : caller;
  const answer = await inOperationSpan({ services, args, caller }, () =>
    answering.answer({ text, args, operation, caller: asking, mediaType, ifNoneMatch }),
  );
  // It may have been made for others who asked the same.
  const end = operation.operation === OperationTypeNode.MUTATION ? null : credentialEndOf(caller.signal);
  return end === null ? answer : { type: 'RESULT', result: { errors: [answerError(end, services)] } };
}

interface FoundOperation {
  readonly args: ExecutionArgs;
  readonly operation: OperationDefinitionNode;
}

/** What is to be executed, or why nothing is. */
function operationIn(
  { parameters, caller, method }: PlainOperation,
  { schema, documents }: PlainOperationOptions,
): FoundOperation | { readonly errors: readonly unknown[] } {
  const { query: text = '', operationName = null, variables: variableValues } = parameters;
  try {
    const document = documents.parse(text, caller.charge);
    const operation = requireOperation(document, operationName, method);
    const errors = hideSchema(documents.errorsOf(document), caller.viewer);
    return errors.length > 0 ? { errors } : { args: { schema, document, operationName, variableValues }, operation };
  } catch (error) {
    return { errors: [error] };
  }
}

/** By GET it is no mutation. Refused in the words of Yoga, which refuses it where an answer comes in parts. */
function requireOperation(
  document: DocumentNode,
  operationName: string | null,
  method: string | undefined,
): OperationDefinitionNode {
  const operation = chosenOperation(document, operationName);
  if (operation.operation !== OperationTypeNode.MUTATION || method !== 'GET') return operation;
  const message = 'Can only perform a mutation operation from a POST request.';
  throw refusal({ status: 405, field: 'method', message, allow: 'POST' });
}
