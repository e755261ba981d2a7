import type { ServerResponse } from 'node:http';
import type { ErrorCode } from '../errors.ts';

/** Answers that are made before GraphQL is reached. */
export function replyJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export interface ErrorReply {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** In the shape of a GraphQL answer, so that a client shows it as any other. */
export function replyError(response: ServerResponse, { status, code, message, details }: ErrorReply): void {
  replyJson(response, status, { errors: [{ message, extensions: { code, ...details } }] });
}

export function replyEmpty(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, headers).end();
}
