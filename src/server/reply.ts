import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorCode } from '../errors.ts';

const jsonType = 'application/json';
const graphqlType = 'application/graphql-response+json';

/** Answers that are made before GraphQL is reached. */
export function replyJson(response: ServerResponse, status: number, body: unknown, mediaType = jsonType): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': `${mediaType}; charset=utf-8`, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export interface ErrorReply {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** In the shape and the media type of a GraphQL answer, so that a client shows it as any other. */
export function replyError(response: ServerResponse, { status, code, message, details }: ErrorReply): void {
  const body = { errors: [{ message, extensions: { code, ...details } }] };
  replyJson(response, status, body, wantsGraphql(response.req) ? graphqlType : jsonType);
}

function wantsGraphql({ headers }: IncomingMessage): boolean {
  return headers.accept?.toLowerCase().includes(graphqlType) === true;
}

export function replyEmpty(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, headers).end();
}
