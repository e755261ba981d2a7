import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Services } from '../context.ts';
import type { ErrorCode, GatewayError } from '../errors.ts';
import { unexpectedErrorMessage } from './answer-error.ts';
import { bearerChallenge } from './authentication.ts';
import type { RefusalLog } from './limits/index.ts';
import { replyError } from './reply.ts';
import type { Refusal } from './request-error.ts';

/** A request on its way through the door. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** What is answered to those who do not come through the door: each is counted once, logged, and answered in the shape of GraphQL. */
export interface DoorRefusals {
  /** The request is wrong, whoever sent it. */
  refuse(visit: Visit, refusal: Refusal): void;
  /** Comes only on a connection that had something under way when the drain began. */
  refuseDraining(visit: Visit): void;
  /** Who asks may not, or nobody can know now whether he may. */
  refuseCaller(visit: Visit, error: GatewayError): void;
  /** What nobody thought of. */
  fail(visit: Visit, error: unknown): void;
}

export function openDoorRefusals(
  { log, newId, observer }: Pick<Services, 'log' | 'newId' | 'observer'>,
  refusals: RefusalLog,
): DoorRefusals {
  function count(code: ErrorCode): void {
    observer.operations.refused([code]);
  }

  return {
    refuse({ request, response, requestId }, { status, field, message, allow }) {
      const code = 'BAD_USER_INPUT';
      count(code);
      // Anybody can send as many of these as he likes: they are not to fill the log.
      log.debug({ requestId, method: request.method, status, code, field }, 'refused at the door');
      if (allow !== undefined) response.setHeader('allow', allow);
      replyError(response, { status, code, message, details: { field } });
    },

    refuseDraining({ response, requestId }) {
      const code = 'SERVER_DRAINING';
      count(code);
      log.info({ requestId }, 'refused while draining');
      replyError(response, { status: 503, code, message: 'The gateway is shutting down: nothing was done' });
    },

    refuseCaller({ response, requestId }, { code, message, details, cause }) {
      count(code);
      const reason = cause instanceof Error ? { reason: cause.message } : {};
      refusals.tell({ message: 'caller refused', code, fields: { requestId, code, ...reason } });
      const { status, headers } = callerRefusals[code] ?? { status: 503, headers: {} };
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      const { retryAfterSeconds } = details;
      if (typeof retryAfterSeconds === 'number') response.setHeader('retry-after', retryAfterSeconds);
      replyError(response, { status, code, message, details });
    },

    fail({ response, requestId }, error) {
      const code = 'INTERNAL_SERVER_ERROR';
      const id = newId();
      count(code);
      log.error({ err: error, errorId: id, requestId }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else replyError(response, { status: 500, code, message: unexpectedErrorMessage, details: { id } });
    },
  };
}

const callerRefusals: {
  readonly [code in ErrorCode]?: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
} = {
  UNAUTHENTICATED: { status: 401, headers: bearerChallenge },
  FORBIDDEN: { status: 403, headers: {} },
  RATE_LIMITED: { status: 429, headers: {} },
};
