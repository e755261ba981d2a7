import type { GraphQLParams } from 'graphql-yoga';
import { messageOf } from '../errors.ts';
import { refusal } from './request-error.ts';

/** From the body of a POST. */
export function parsePost(text: string): GraphQLParams {
  const body = parseJson('body', text);
  if (Array.isArray(body)) {
    throw refusal({ status: 400, field: 'body', message: 'The body is a list: send one operation a request' });
  }
  if (!isObject(body)) throw refusal({ status: 400, field: 'body', message: 'The body must be a JSON object with a query' });
  return parametersFrom(body);
}

/** From the address of a GET, without its host. */
export function parseGet(address: string): GraphQLParams {
  const search = new URL(address, 'http://localhost').searchParams;
  const variables = search.get('variables');
  const extensions = search.get('extensions');
  return parametersFrom({
    query: search.get('query'),
    operationName: search.get('operationName'),
    variables: variables === null ? null : parseJson('variables', variables),
    extensions: extensions === null ? null : parseJson('extensions', extensions),
  });
}

function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal({ status: 400, field, message: `The ${field} is no JSON: ${messageOf(error)}` });
  }
}

/** GraphQL over HTTP reserves all names but these four. */
function parametersFrom({ query, operationName, variables, extensions, ...others }: Record<string, unknown>): GraphQLParams {
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrongParameter(other, 'is none of query, operationName, variables and extensions');
  if (typeof query !== 'string') throw wrongParameter('query', 'must be given, as a string');
  if (!isAbsent(operationName) && typeof operationName !== 'string') throw wrongParameter('operationName', 'must be a string');
  if (!isAbsent(variables) && !isObject(variables)) throw wrongParameter('variables', 'must be an object');
  if (!isAbsent(extensions) && !isObject(extensions)) throw wrongParameter('extensions', 'must be an object');
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
