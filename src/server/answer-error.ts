import { GraphQLError } from 'graphql';
import { type ErrorCode, GatewayError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { bearerChallenge } from './authentication.ts';
import { type ClientError, clientError, isClientError, type Place } from './client-error.ts';
import { inputError, neverBegan, refusal } from './request-error.ts';

export interface AnswerErrorOptions {
  readonly log: Logger;
  readonly newId: () => string;
}

/** What a client is told of an error that nobody wrote for it. */
export const unexpectedErrorMessage = 'Unexpected error';

/**
 * The one door through which an error leaves. A GatewayError keeps its code, details and message. What graphql says about the
 * client's own request is the client's to see. All else is masked: logged with its stack under an id, answered with that id.
 *
 * Whatever fails while an operation runs, STORE_UNAVAILABLE too, is an answer of status 200: GraphQL over HTTP keeps 4xx and 5xx
 * for what never began. A load balancer asks /ready.
 */
export function answerError(error: unknown, options: AnswerErrorOptions): ClientError {
  if (isClientError(error)) return error;
  const place = placeOf(error);
  const gatewayError = gatewayErrorIn(error);
  if (gatewayError !== null && gatewayError.code !== 'INTERNAL_SERVER_ERROR') {
    const { code, details, message } = gatewayError;
    return clientError(place, { ...details, code, ...httpOf(code, place) }, message);
  }
  if (!(error instanceof GraphQLError)) return maskedError(error, options);
  return refusedRequest(error) ?? refusedArgument(error) ?? maskedError(error, options);
}

/** An error without a place in the answer is that of an operation which did not begin. */
function httpOf(code: ErrorCode, { path }: Place): Pick<ClientError['extensions'], 'http'> {
  if (path !== undefined) return {};
  if (code === 'UNAUTHENTICATED') return { http: { status: 401, headers: bearerChallenge } };
  return { http: code === 'FORBIDDEN' ? { ...neverBegan, status: 403 } : neverBegan };
}

/** The GatewayError that an error carries, however often graphql has wrapped it. */
export function gatewayErrorIn(error: unknown): GatewayError | null {
  if (error instanceof GatewayError) return error;
  return error instanceof GraphQLError ? gatewayErrorIn(error.originalError) : null;
}

/** What Yoga and its executor refuse: variables, a mutation by GET, an operation that can't be told from others. */
function refusedRequest(error: GraphQLError): ClientError | null {
  const status = error.extensions.http?.status;
  if (status === undefined || error.path !== undefined) return null;
  if (status === 400) return inputError(error);
  return status === 405 ? refusal({ status, field: 'method', message: error.message, allow: 'POST' }) : null;
}

/** graphql's errors about arguments point into the document by themselves; those about what a resolver returned do not. */
function refusedArgument(error: GraphQLError): ClientError | null {
  const origin = error.originalError ?? error;
  const isAboutDocument = origin instanceof GraphQLError && origin.originalError === undefined && origin.nodes !== undefined;
  return isAboutDocument ? inputError(error) : null;
}

/** One failure that many fields share, such as a read that failed, is logged once, under one id. */
const loggedIds = new WeakMap<object, string>();

function maskedError(error: unknown, { log, newId }: AnswerErrorOptions): ClientError {
  const place = placeOf(error);
  const cause = causeOf(error);
  let id = loggedIds.get(cause);
  if (id === undefined) {
    id = newId();
    loggedIds.set(cause, id);
    log.error({ err: cause, errorId: id, path: place.path }, 'unexpected error');
  }
  // What failed without a place in the answer is the whole request.
  const http = place.path === undefined ? { http: { status: 500 } } : {};
  return clientError(place, { code: 'INTERNAL_SERVER_ERROR', id, ...http }, unexpectedErrorMessage);
}

function causeOf(error: unknown): Error {
  if (error instanceof GraphQLError) return error.originalError ?? error;
  return error instanceof Error ? error : new Error('What was thrown is no error', { cause: error });
}

function placeOf(error: unknown): Place {
  return error instanceof GraphQLError ? error : {};
}
