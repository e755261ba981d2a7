import type { GraphQLError } from 'graphql';
import { GatewayError } from '../errors.ts';
import { argumentNameOf } from './argument-name.ts';
import { type ClientError, clientError, isClientError } from './client-error.ts';

/**
 * For an operation that never began: 400 where the answer is application/graphql-response+json, 200 where it is
 * application/json, as GraphQL over HTTP has it.
 */
export const neverBegan = { spec: true, status: 400 } as const;

/** The document is no GraphQL. */
export function parseError(error: GraphQLError): ClientError {
  return clientError(error, { code: 'GRAPHQL_PARSE_FAILED', http: neverBegan });
}

/** Their messages are graphql's own, and name what the schema has: fields, arguments and types that the client did not. */
const schemaErrors = new WeakSet<GraphQLError>();

/** Whether its message may tell of the schema what its client did not know. */
export function tellsOfSchema(error: GraphQLError): boolean {
  return schemaErrors.has(error);
}

function schemaError(error: ClientError): ClientError {
  schemaErrors.add(error);
  return error;
}

/** The document does not fit the schema. A value that a scalar refuses is bad input, as it would be in a variable. */
export function validationError(error: GraphQLError): ClientError {
  if (isClientError(error)) return error;
  const isRefusedValue = error.extensions.code === 'BAD_USER_INPUT' || error.originalError instanceof GatewayError;
  if (isRefusedValue) return inputError(error);
  return schemaError(clientError(error, { code: 'GRAPHQL_VALIDATION_FAILED', http: neverBegan }));
}

/** A value in the document or in a variable is refused, or the document does not have what `operationName` names. */
export function inputError(error: GraphQLError, field = fieldOf(error)): ClientError {
  const http = error.path === undefined ? { http: neverBegan } : {};
  return schemaError(clientError(error, { code: 'BAD_USER_INPUT', field, ...http }));
}

function fieldOf({ nodes }: GraphQLError): string {
  return argumentNameOf(nodes?.[0]) ?? (nodes === undefined ? 'operationName' : 'arguments');
}

export interface Refusal {
  readonly status: number;
  /** The part of the request that is wrong: a header's name, `body`, `method`, or a parameter's name. */
  readonly field: string;
  readonly message: string;
  /** With 405: the methods that would do. */
  readonly allow?: string;
}

/** A request that is refused before its document is looked at. Its status holds for both media types of an answer. */
export function refusal({ status, field, message, allow }: Refusal): ClientError {
  const http = { status, ...(allow === undefined ? {} : { headers: { allow } }) };
  return clientError({ message }, { code: 'BAD_USER_INPUT', field, http });
}
