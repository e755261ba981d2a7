/**
 * The one table of errors that a user of the gateway can meet. GraphQL answers carry the code in `extensions.code` and the
 * details beside it; contract.graphql's last section promises which details a code has.
 */
export const errorCodes = [
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'CONFLICT',
  'IN_USE',
  'INVALID_STATE',
  'NO_CANDIDATES',
  'NO_ADDRESS_AVAILABLE',
  'AGENT_UNREACHABLE',
  'AGENT_ERROR',
  'STORE_UNAVAILABLE',
  'BROKEN_RECORD',
  'REVISION_COMPACTED',
  'SLOW_CONSUMER',
  'SERVER_DRAINING',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export type ErrorDetails = Readonly<Record<string, string | number | readonly string[] | Readonly<Record<string, number>>>>;

export interface GatewayErrorOptions {
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** An error whose message is written for the user: it says what, which and why, and never carries a secret or a stack. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Asks for a code; callers never match message text. */
export function hasErrorCode(error: unknown, code: ErrorCode): error is GatewayError {
  return error instanceof GatewayError && error.code === code;
}

/** The argument named `field` is wrong; the message says which value was given and what is allowed. */
export function badUserInput(field: string, message: string): GatewayError {
  return new GatewayError('BAD_USER_INPUT', message, { details: { field } });
}

/** What an unknown thrown value has to say, for logs and for messages that quote a cause. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
