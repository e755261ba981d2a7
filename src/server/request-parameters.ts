import type { IncomingMessage } from 'node:http';
import type { GraphQLParams } from 'graphql-yoga';
import { parseGet, parsePost } from './parameters.ts';
import { readBody } from './request-body.ts';
import { refusal } from './request-error.ts';

export interface RequestParametersOptions {
  /** Longer bodies are refused. */
  readonly bodyLimitBytes: number;
}

/**
 * What a request must be to be looked at: POST with a JSON body, or GET from a page of this gateway or from no page at all.
 *
 * That is the protection against forged requests too: a page of another site can make a browser send a form, plain text or a
 * GET with the user's cookies, but application/json only after asking (see cors.ts).
 */
export async function readParameters(
  request: IncomingMessage,
  { bodyLimitBytes }: RequestParametersOptions,
): Promise<GraphQLParams> {
  const { headers, method, url = '/' } = request;
  requireReadableAnswer(headers.accept);
  if (method === 'GET') {
    requireOwnPage(headers['sec-fetch-site']);
    return parseGet(url);
  }
  if (method === 'POST') {
    requirePlainEncoding(headers['content-encoding']);
    requireJson(headers['content-type']);
    return parsePost(await readBody(request, bodyLimitBytes));
  }
  throw refusal({
    status: 405,
    field: 'method',
    message: `GraphQL is asked by POST or GET, not by ${method}`,
    allow: 'GET, POST',
  });
}

/** The media types that an answer can have, and what stands for them. */
const answerTypes = new Set([
  '*/*',
  'application/*',
  'application/json',
  'application/graphql-response+json',
  'text/*',
  'text/event-stream',
  'multipart/*',
  'multipart/mixed',
]);

/** Before the operation runs, not after it: a mutation whose answer nobody can read must not happen. */
function requireReadableAnswer(accept = ''): void {
  if (accept.trim() === '') return;
  const readable = accept.split(',').some((range) => {
    const { mediaType, charset } = mediaTypeOf(range);
    return answerTypes.has(mediaType) && isUtf8(charset);
  });
  if (!readable) throw refusal({ status: 406, field: 'accept', message: `No answer can be given as ${accept}` });
}

function requireOwnPage(site: string | string[] | undefined): void {
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw refusal({ status: 403, field: 'sec-fetch-site', message: `A page of another site (${site}) must ask by POST` });
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
