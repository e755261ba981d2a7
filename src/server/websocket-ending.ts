import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { CredentialEnd } from '../auth/index.ts';
import type { GatewayError } from '../errors.ts';
import { credentialEnded, endTexts } from './authentication.ts';

export interface RunningOperation {
  /** False once the client said that it wants no answer. */
  readonly isWanted: () => boolean;
  /** Its client has gone, or wants no answer. */
  giveUp(): void;
  /** A mutation goes on. All else is over at once, without a word: what the client is told is the close of its socket. */
  endCredential(end: GatewayError): void;
}

export interface EndingOptions {
  readonly websocket: WebSocket;
  readonly operations: ReadonlySet<RunningOperation>;
  /** Whether all that the client has sent is answered. */
  readonly isIdle: () => boolean;
  /** For mutations to be finished whose credential has ended. */
  readonly finishTimeoutMs: number;
}

/** How the gateway takes leave of a socket. */
export interface Ending {
  /** Since it is there, nothing new is begun. Null: the credential is good. */
  readonly credentialEnd: GatewayError | null;
  /** Finishes all that is under way, and closes with 1001. */
  leave(): void;
  /** Finishes mutations that have begun, and closes with 4403: else their client would not know what became of them. */
  endCredential(end: CredentialEnd): void;
  /** To be called whenever something has been answered. */
  closeIfIdle(): void;
}

interface Farewell {
  readonly code: number;
  readonly reason: string;
}

export function openEnding({ websocket, operations, isIdle, finishTimeoutMs }: EndingOptions): Ending {
  let farewell: Farewell | null = null;
  let credentialEnd: GatewayError | null = null;

  function close({ code, reason }: Farewell): void {
    websocket.close(code, reason);
  }

  function closeIfIdle(): void {
    if (farewell !== null && isIdle()) close(farewell);
  }

  function giveUpAll(): void {
    for (const operation of operations) operation.giveUp();
  }

  websocket.once('close', giveUpAll);

  return {
    get credentialEnd() {
      return credentialEnd;
    },
    leave() {
      farewell ??= { code: 1001, reason: 'Going away' };
      closeIfIdle();
    },
    endCredential(end) {
      if (credentialEnd !== null) return;
      const last = { code: CloseCode.Forbidden, reason: endTexts[end] };
      farewell = last;
      credentialEnd = credentialEnded(end);
      for (const operation of operations) operation.endCredential(credentialEnd);
      closeIfIdle();
      const timer = setTimeout(() => {
        close(last);
        giveUpAll();
      }, finishTimeoutMs);
      websocket.once('close', () => clearTimeout(timer));
    },
    closeIfIdle,
  };
}
