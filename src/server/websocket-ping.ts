import type { WebSocket } from 'ws';

/** No client needs to know more often that the other side is there. */
const pingsPerSecond = 100;
/** Of what was sent, and not read. */
const mostUnreadBytes = 64 * 1024;

/**
 * Answers the pings of a client, and cuts one that sends them without end. By itself `ws` answers each, and keeps the answers for a client
 * that reads none.
 */
export function answerPings(websocket: WebSocket): void {
  let secondBeganAt = performance.now();
  let count = 0;
  websocket.on('ping', (data) => {
    const now = performance.now();
    if (now - secondBeganAt >= 1000) {
      secondBeganAt = now;
      count = 0;
    }
    count++;
    if (count > pingsPerSecond) return websocket.terminate();
    // One more answer is no use to a client that has so many to read.
    if (websocket.readyState === websocket.OPEN && websocket.bufferedAmount <= mostUnreadBytes) websocket.pong(data);
  });
}
