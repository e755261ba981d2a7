/** What each transport says of whoever asks for an operation: the context with which Yoga and graphql-ws are entered. */
export interface Caller {
  /** In the answer's `x-request-id` and in each log line of the operation. */
  readonly requestId: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** The request's `Idempotency-Key`; null when it has none, and over a WebSocket, whose messages have no headers. */
  readonly idempotencyKey: string | null;
  /** The media types that the client takes, by its `Accept`; null when it does not say, and over a WebSocket. */
  readonly accept: string | null;
}
