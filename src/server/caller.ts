import type { Viewer } from '../auth/index.ts';
import type { Transport } from '../observer.ts';
import type { ClientError } from './client-error.ts';

/** What each transport says of whoever asks for an operation: the context with which Yoga and graphql-ws are entered. */
export interface Caller {
  /** In the answer's `x-request-id` and in each log line of the operation. */
  readonly requestId: string;
  readonly transport: Transport;
  /** W3C, of the trace that the request is a part of; null: it says nothing. */
  readonly traceparent: string | null;
  /** Who it is. */
  readonly viewer: Viewer;
  /** Aborts when the client goes away, or is no longer who it was: its credential was revoked, or is over. Then that is its reason. */
  readonly signal: AbortSignal;
  /** Aborts when the client goes away, and for no other reason: a mutation that was begun is finished, and its client hears of it. */
  readonly clientSignal: AbortSignal;
  /** The request's `Idempotency-Key`; null when it has none, and over a WebSocket, whose messages have no headers. */
  readonly idempotencyKey: string | null;
  /** The media types that the client takes, by its `Accept`; null when it does not say, and over a WebSocket. */
  readonly accept: string | null;
  /** Whether the answer is to say what the operation costs. */
  readonly wantsCost?: boolean;
  /** Counts what is about to be done, by its cost, as a part of what the viewer may ask for; why it is not done, or null. Absent: nobody counts. */
  readonly charge?: (cost: number) => ClientError | null;
}
