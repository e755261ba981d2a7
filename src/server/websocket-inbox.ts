import type { WebSocket } from 'ws';
import type { HeldBytes } from './limits/index.ts';

/** Messages that are not answered may be so long together as so many of the longest. */
const pendingMessagesOfFullLength = 4;

export interface InboxOptions {
  readonly websocket: WebSocket;
  readonly held: HeldBytes;
  /** Messages that are not answered. At one more the client is cut. */
  readonly messageLimit: number;
  readonly messageLimitBytes: number;
  /** One more message is answered. */
  readonly onAnswered: () => void;
}

/** What a client has sent, and was not answered yet. */
export interface Inbox {
  /** A message is in it until `handle` resolves, when all that answers it is sent: for an operation, its whole life. */
  receive(message: string, handle: (message: string) => Promise<void>): Promise<void>;
  readonly isEmpty: () => boolean;
  /**
   * Takes the id of an operation for the message that begins it, as long as that is in the inbox; false: another one has it. To be called
   * before `handle` has waited for anything.
   */
  readonly takeId: (id: string) => boolean;
}

export function openInbox(options: InboxOptions): Inbox {
  const { websocket, held, messageLimit, messageLimitBytes, onAnswered } = options;
  let pendingMessages = 0;
  const ids = new Set<string>();
  let takenId: string | null = null;
  return {
    isEmpty: () => pendingMessages === 0,
    takeId(id) {
      if (ids.has(id)) return false;
      ids.add(id);
      takenId = id;
      return true;
    },
    async receive(message, handle) {
      // What comes behind our own close must not begin: its answer could not be sent.
      if (websocket.readyState !== websocket.OPEN) return;
      const isTooMuch = held.pending > pendingMessagesOfFullLength * messageLimitBytes;
      if (pendingMessages >= messageLimit || isTooMuch) return websocket.terminate();
      pendingMessages++;
      held.pending += message.length;
      takenId = null;
      const handled = handle(message);
      const id = takenId;
      try {
        await handled;
      } finally {
        if (id !== null) ids.delete(id);
        pendingMessages--;
        held.pending -= message.length;
        onAnswered();
      }
    },
  };
}
