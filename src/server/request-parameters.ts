import type { IncomingMessage } from 'node:http';
import type { GraphQLParams } from 'graphql-yoga';
import { type BatchOptions, type ParametersBatch, parseGet, parsePost, parsePostOrBatch } from './parameters.ts';
import type { PersistedLookup } from './persisted-operations/index.ts';
import { readBody } from './request-body.ts';
import { refusal } from './request-error.ts';

export interface RequestParametersOptions {
  /** Longer bodies are refused. */
  readonly bodyLimitBytes: number;
  /** The documents that alone may be asked for; null: any. */
  readonly persisted: PersistedLookup | null;
}

/**
 * What a request must be to be looked at: POST with a JSON body, or GET, which the door lets through from few pages (see cors.ts).
 *
 * That is the protection against forged requests too: a page of another site can make a browser send a form or plain text with the
 * user's cookies, but application/json only after asking.
 */
export function readParameters(request: IncomingMessage, options: RequestParametersOptions): Promise<GraphQLParams> {
  return readWith(request, options, (text) => parsePost(text, options.persisted));
}

/** The same of a request that may hold several operations. */
export function readParametersOrBatch(
  request: IncomingMessage,
  options: RequestParametersOptions & BatchOptions,
): Promise<GraphQLParams | ParametersBatch> {
  return readWith<GraphQLParams | ParametersBatch>(request, options, (text) => parsePostOrBatch(text, options));
}

async function readWith<T>(
  request: IncomingMessage,
  { bodyLimitBytes, persisted }: RequestParametersOptions,
  parseBody: (text: string) => T,
): Promise<T | GraphQLParams> {
  const { headers, method, url = '/' } = request;
  if (method === 'GET') {
    return parseGet(url, persisted);
  }
  if (method === 'POST') {
    requirePlainEncoding(headers['content-encoding']);
    requireJson(headers['content-type']);
    return parseBody(await readBody(request, bodyLimitBytes));
  }
  throw refusal({
    status: 405,
    field: 'method',
    message: `GraphQL is asked by POST or GET, not by ${method}`,
    allow: 'GET, POST',
  });
}

function requireJson(contentType: string | undefined): void {
  const { mediaType, charset } = mediaTypeOf(contentType ?? '');
  if (mediaType === 'application/json' && isUtf8(charset)) return;
  const given = contentType === undefined ? 'it has no content type' : `this is ${contentType}`;
  throw refusal({
    status: 415,
    field: 'content-type',
    message: `The request's body must be application/json in UTF-8: ${given}`,
  });
}

function requirePlainEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding === 'identity') return;
  throw refusal({ status: 415, field: 'content-encoding', message: `The request's body must not be encoded: it is ${encoding}` });
}

function mediaTypeOf(header: string): { readonly mediaType: string; readonly charset: string } {
  const [mediaType = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length) ?? 'utf-8';
  return { mediaType, charset };
}

function isUtf8(charset: string): boolean {
  return charset === 'utf-8' || charset === '"utf-8"' || charset === 'utf8';
}
