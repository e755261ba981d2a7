import type { GraphQLParams } from 'graphql-yoga';
import { messageOf } from '../errors.ts';
import { tooComplex } from './limits/index.ts';
import { type PersistedLookup, requestedDocument } from './persisted-operations/index.ts';
import { refusal } from './request-error.ts';
import { requireShallow } from './variable-depth.ts';

/** Several operations in one request. Each is read for itself: one that is wrong does not keep the others from being answered. */
export interface ParametersBatch {
  readonly batch: readonly (() => GraphQLParams)[];
}

/** From the body of a POST. */
export function parsePost(text: string, persisted: PersistedLookup | null): GraphQLParams {
  const body = parseJson('body', text);
  if (Array.isArray(body))
    throw wrongBody('The body is a list: a batch of operations is answered as JSON only, and not in parts');
  return operationIn(body, persisted);
}

export interface BatchOptions {
  readonly persisted: PersistedLookup | null;
  /** Operations of one request; 0: no batches. */
  readonly batchLimit: number;
}

/** From the body of a POST that may hold several operations. */
export function parsePostOrBatch(text: string, { persisted, batchLimit }: BatchOptions): GraphQLParams | ParametersBatch {
  const body = parseJson('body', text);
  if (!Array.isArray(body)) return operationIn(body, persisted);
  if (batchLimit === 0) throw wrongBody('The body is a list, and this gateway takes no batches: send one operation a request');
  if (body.length === 0) throw wrongBody('The body is an empty list: there is no operation in it');
  if (body.length > batchLimit) {
    const counted = `The batch has ${body.length} operations`;
    throw tooComplex({ counted, cost: body.length, limit: batchLimit, option: 'batchLimit' });
  }
  return { batch: body.map((item) => () => operationIn(item, persisted)) };
}

function operationIn(body: unknown, persisted: PersistedLookup | null): GraphQLParams {
  if (!isObject(body)) throw wrongBody('The body must be a JSON object with a query');
  return parametersFrom(body, persisted);
}

function wrongBody(message: string): Error {
  return refusal({ status: 400, field: 'body', message });
}

/** From the address of a GET, without its host. */
export function parseGet(address: string, persisted: PersistedLookup | null): GraphQLParams {
  const search = new URL(address, 'http://localhost').searchParams;
  const variables = search.get('variables');
  const extensions = search.get('extensions');
  const given = {
    query: search.get('query'),
    documentId: search.get('documentId'),
    operationName: search.get('operationName'),
    variables: variables === null ? null : parseJson('variables', variables),
    extensions: extensions === null ? null : parseJson('extensions', extensions),
  };
  return parametersFrom(given, persisted);
}

function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal({ status: 400, field, message: `The ${field} is no JSON: ${messageOf(error)}` });
  }
}

/** GraphQL over HTTP reserves all names but these. */
function parametersFrom(given: Record<string, unknown>, persisted: PersistedLookup | null): GraphQLParams {
  const { query: text, documentId, operationName, variables, extensions, ...others } = given;
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrongParameter(other, 'is none of query, documentId, operationName, variables and extensions');
  const query = requestedDocument({ query: text, documentId, extensions }, persisted);
  if (typeof query !== 'string') throw wrongParameter('query', 'must be given, as a string');
  if (!isAbsent(operationName) && typeof operationName !== 'string') throw wrongParameter('operationName', 'must be a string');
  if (!isAbsent(variables) && !isObject(variables)) throw wrongParameter('variables', 'must be an object');
  if (!isAbsent(extensions) && !isObject(extensions)) throw wrongParameter('extensions', 'must be an object');
  if (!isAbsent(variables)) requireShallow(variables);
  return {
    query,
    // Some clients send an empty name for "the only one".
    ...(isAbsent(operationName) || operationName === '' ? {} : { operationName }),
    ...(isAbsent(variables) ? {} : { variables }),
    ...(isAbsent(extensions) ? {} : { extensions }),
  };
}

function wrongParameter(name: string, problem: string): Error {
  return refusal({ status: 400, field: name, message: `The parameter ${JSON.stringify(name)} ${problem}` });
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
