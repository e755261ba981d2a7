import type { WebSocket } from 'ws';

/** No client needs to know more often that the other side is there. */
const pingsPerSecond = 100;
/** Answers that the operating system has not taken yet. Each has two bytes, and costs some hundred. */
const mostUnsentPongs = 50;

/** Counts one more ping, and says whether it is one too many. */
export type PingLimit = () => boolean;

/** `nowMs`: of a clock that never goes back. */
export function openPingLimit(nowMs: () => number): PingLimit {
  let secondBeganAt = nowMs();
  let count = 0;
  return () => {
    const now = nowMs();
    if (now - secondBeganAt >= 1000) {
      secondBeganAt = now;
      count = 0;
    }
    count++;
    return count > pingsPerSecond;
  };
}

/**
 * Answers the pings of a client that come as frames, and cuts one that sends them without end. By itself `ws` answers each, and keeps the
 * answers for a client that reads none.
 */
export function answerPings(websocket: WebSocket, isTooMany: PingLimit): void {
  let unsent = 0;
  websocket.on('ping', (data) => {
    if (isTooMany()) return websocket.terminate();
    // One more answer is no use to a client that has so many to read.
    if (websocket.readyState !== websocket.OPEN || unsent >= mostUnsentPongs) return;
    unsent++;
    websocket.pong(data, false, () => {
      unsent--;
    });
  });
}
