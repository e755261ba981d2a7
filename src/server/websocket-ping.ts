import type { WebSocket } from 'ws';

/** No client needs to know more often that the other side is there. */
const pingsPerSecond = 100;
/** Of what was sent, and not read. */
const mostUnreadBytes = 64 * 1024;

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
  websocket.on('ping', (data) => {
    if (isTooMany()) return websocket.terminate();
    // One more answer is no use to a client that has so many to read.
    if (websocket.readyState === websocket.OPEN && websocket.bufferedAmount <= mostUnreadBytes) websocket.pong(data);
  });
}
