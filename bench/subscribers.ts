import { once } from 'node:events';
import { WebSocket } from 'ws';

/** WebSockets with one subscription each, that count what comes. */
export interface Subscribers {
  readonly count: number;
  /** Events of all together, so far. */
  readonly events: number;
  /** The moments at which the first and the last of them has had so many events more. */
  next(): Promise<{ readonly firstAt: number; readonly lastAt: number }>;
  /** Resolves when all together have had so many. */
  untilEvents(events: number): Promise<void>;
  close(): Promise<void>;
}

export interface SubscribersOptions {
  readonly url: string;
  readonly count: number;
  readonly query: string;
  /** Each begins behind it, at a place of its own: clients that come back all have different ones. */
  readonly revision: number;
}

export async function openSubscribers({ url, count, query, revision }: SubscribersOptions): Promise<Subscribers> {
  let events = 0;
  let firstAt = 0;
  const waiting: (() => void)[] = [];
  const address = url.replace(/^http/, 'ws');

  async function open(number: number): Promise<WebSocket> {
    const socket = new WebSocket(address, 'graphql-transport-ws', { perMessageDeflate: false });
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    socket.on('message', (data: Buffer) => {
      if (!data.includes('"type":"next"')) throw new Error(`A subscription ended: ${data}`);
      if (firstAt === 0) firstAt = performance.now();
      events++;
      for (const wake of waiting.splice(0)) wake();
    });
    // No commit touches so many nodes: what lies behind is what comes next.
    const variables = { after: `${revision}.${1000 + number}` };
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
    return socket;
  }
  const sockets: WebSocket[] = [];
  while (sockets.length < count) {
    const some = Math.min(50, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: some }, (_, index) => open(sockets.length + index)))));
  }

  async function untilEvents(wanted: number): Promise<void> {
    while (events < wanted) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
  }
  return {
    count,
    get events() {
      return events;
    },
    async next() {
      firstAt = 0;
      await untilEvents(events + count);
      return { firstAt, lastAt: performance.now() };
    },
    untilEvents,
    async close() {
      const closed = sockets.map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.close();
      await Promise.all(closed);
    },
  };
}
