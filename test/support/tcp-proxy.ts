import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from './free-port.ts';

const directions = ['toServer', 'toClient'] as const;
export type Direction = (typeof directions)[number];

/** A TCP proxy in front of a port of the loopback interface, for faults of the network without root. */
export interface TcpProxy {
  readonly port: number;
  readonly url: string;
  /** Connections open now, and all that ever were. */
  readonly open: number;
  readonly accepted: number;
  /** Bytes passed on so far. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Breaks every open connection. New ones are still accepted. */
  cut(): void;
  /** Holds back what comes from now on, in one direction or both; the connections stay open and new ones are accepted, silently. */
  pause(direction?: Direction): void;
  /** Passes on what was held back, and goes on. */
  resume(): void;
  /** Holds back, without a word, all that comes on the connections that are open now, until `thaw`. New ones work. */
  freeze(): void;
  thaw(): void;
  /** Breaks new connections at once, until `admit`. */
  refuse(): void;
  admit(): void;
  /** Passes on so many more bytes in a direction, and not one more: then cuts. Resolves when it has. */
  cutAfter(direction: Direction, bytes: number): Promise<void>;
  /** Forgets the cuts that have not come yet. */
  disarm(): void;
  close(): Promise<void>;
}

/** One connection through the proxy, by the direction in which a socket is read. */
type Pair = Readonly<Record<Direction, Socket>>;

interface Fuse {
  readonly direction: Direction;
  left: number;
  readonly burnt: () => void;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const frozen = new Set<Pair>();
  const paused = new Set<Direction>();
  const bytes = { toServer: 0, toClient: 0 };
  let fuses: Fuse[] = [];
  let accepted = 0;
  let refusing = false;

  const server = createServer((client) => {
    accepted += 1;
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    const pair = { toServer: client, toClient: upstream };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', end).on('close', end);
    pass({ from: client, to: upstream, direction: 'toServer' });
    pass({ from: upstream, to: client, direction: 'toClient' });
    for (const direction of paused) pair[direction].pause();
  });

  function pass({ from, to, direction }: { from: Socket; to: Socket; direction: Direction }): void {
    from.on('data', (chunk) => {
      const fuse = fuses.find((one) => one.direction === direction && one.left < chunk.length);
      for (const one of fuses) if (one.direction === direction) one.left -= chunk.length;
      const passed = fuse === undefined ? chunk : chunk.subarray(0, chunk.length + fuse.left);
      bytes[direction] += passed.length;
      const flowing = to.write(passed);
      if (fuse !== undefined) {
        fuses = fuses.filter((one) => one !== fuse);
        // What was passed on shall arrive before the break does, and a connection made meanwhile is not meant.
        const doomed = [...pairs];
        to.end(() => breakAll(doomed));
        from.pause();
        fuse.burnt();
      } else if (!flowing) {
        from.pause();
        to.once('drain', () => {
          if (!paused.has(direction)) from.resume();
        });
      }
    });
  }

  function breakAll(broken: Iterable<Pair>): void {
    for (const pair of broken) for (const direction of directions) pair[direction].destroy();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get open() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    bytes,
    cut: () => breakAll(pairs),
    pause: (only) => {
      for (const direction of only === undefined ? directions : [only]) {
        paused.add(direction);
        for (const pair of pairs) pair[direction].pause();
      }
    },
    resume: () => {
      paused.clear();
      for (const pair of pairs) for (const direction of directions) pair[direction].resume();
    },
    freeze: () => {
      for (const pair of pairs) {
        for (const direction of directions) pair[direction].pause();
        pairs.delete(pair);
        frozen.add(pair);
      }
    },
    thaw: () => {
      for (const pair of frozen) {
        for (const direction of directions) pair[direction].resume();
        frozen.delete(pair);
        pairs.add(pair);
      }
    },
    refuse: () => {
      refusing = true;
    },
    admit: () => {
      refusing = false;
    },
    cutAfter: (direction, count) =>
      new Promise((burnt) => {
        fuses.push({ direction, left: count, burnt });
      }),
    disarm: () => {
      fuses = [];
    },
    close: async () => {
      breakAll(pairs);
      breakAll(frozen);
      server.close();
      await once(server, 'close');
    },
  };
}
