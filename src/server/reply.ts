import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import type { AnswerType } from './answer-type.ts';
import { formattedError } from './client-error.ts';

const jsonType: AnswerType = 'application/json';
const graphqlType: AnswerType = 'application/graphql-response+json';

export interface JsonReply {
  readonly status: number;
  readonly body: unknown;
  /** Default: application/json. */
  readonly mediaType?: AnswerType;
}

/** Answers that are made before GraphQL is reached. */
export function replyJson(response: ServerResponse, { status, body, mediaType = jsonType }: JsonReply): void {
  replyBody(response, { status, body: JSON.stringify(body), mediaType });
}

interface BodyReply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly mediaType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function replyBody(response: ServerResponse, { status, body, mediaType, headers = {} }: BodyReply): void {
  const contentHeaders = { 'content-type': `${mediaType}; charset=utf-8`, 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...contentHeaders });
  response.end(body);
}

/** The whole answer to an operation, as it goes out. */
export function bodyOf(result: ExecutionResult): Buffer {
  return Buffer.from(textOf(result));
}

export function textOf(result: ExecutionResult): string {
  const { errors } = result;
  return JSON.stringify(errors === undefined ? result : { ...result, errors: errors.map(formattedError) });
}

export interface ResultReply {
  readonly result: ExecutionResult;
  readonly mediaType: AnswerType;
}

/**
 * The answer to an operation, with the status that its errors ask for: the highest one. Some of them ask for none where the answer is
 * application/json (see neverBegan).
 */
export function replyResult(response: ServerResponse, { result, mediaType }: ResultReply): void {
  let status = 0;
  const headers: Record<string, string> = {};
  for (const { extensions } of result.errors ?? []) {
    if (extensions.http === undefined) continue;
    Object.assign(headers, extensions.http.headers);
    if (extensions.http.spec === true && mediaType === jsonType) continue;
    status = Math.max(status, extensions.http.status ?? 0);
  }
  replyBody(response, { status: status === 0 ? 200 : status, body: bodyOf(result), mediaType, headers });
}

export interface BatchReply {
  readonly bodies: readonly Buffer[];
  readonly mediaType: AnswerType;
}

/** The answers to a batch, in its order. What became of each operation is in its answer: the status says that the batch was answered. */
export function replyBatch(response: ServerResponse, { bodies, mediaType }: BatchReply): void {
  const parts = bodies.flatMap((body, index) => [Buffer.from(index === 0 ? '[' : ','), body]);
  replyBody(response, { status: 200, body: Buffer.concat([...parts, Buffer.from(']')]), mediaType });
}

export interface TaggedReply {
  readonly tag: string;
  readonly mediaType: AnswerType;
  /** Null for a client that has it: it is told so, with 304. */
  readonly body: Buffer | null;
}

/** An answer that a client may keep, and has to ask about before it shows it again. */
export function replyTagged(response: ServerResponse, { tag, mediaType, body }: TaggedReply): void {
  response.setHeader('cache-control', 'private, no-cache');
  response.setHeader('etag', tag);
  response.appendHeader('vary', 'Accept');
  if (body === null) response.writeHead(304).end();
  else replyBody(response, { status: 200, body, mediaType });
}

export interface ErrorReply {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: ErrorDetails;
}

/** In the shape and the media type of a GraphQL answer, so that a client shows it as any other. */
export function replyError(response: ServerResponse, { status, code, message, details }: ErrorReply): void {
  const body = { errors: [{ message, extensions: { code, ...details } }] };
  replyJson(response, { status, body, mediaType: wantsGraphql(response.req) ? graphqlType : jsonType });
}

function wantsGraphql({ headers }: IncomingMessage): boolean {
  return headers.accept?.toLowerCase().includes(graphqlType) === true;
}

export interface EmptyReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function replyEmpty(response: ServerResponse, { status, headers = {} }: EmptyReply): void {
  response.writeHead(status, headers).end();
}
