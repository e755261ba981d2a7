import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { deserialize } from 'node:v8';
import { GatewayError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { KeyValue, ReadResult, Store } from '../store.ts';
import { socketPath } from './folder-socket.ts';
import {
  type Call,
  encodeFrame,
  type Frame,
  protocolPath,
  type ReadItem,
  type WatchItem,
  wireErrorOf,
} from './socket-protocol.ts';

/** A transaction holds 1 MiB; this also has room for a read of very many keys. */
const callBytesLimit = 16 * 1024 * 1024;
/** Entries and bytes of one frame of a long read: what takes about a millisecond to encode. */
const frameEntries = 500;
const frameBytes = 1024 * 1024;
/** How long `drain()` waits for callers that do not read their answers. */
const drainTimeoutMs = 5_000;

export interface SocketServer {
  /**
   * Refuses new calls, ends watches, lets the other calls finish. It goes on listening, so that the folder is seen to be in use (see
   * `lockFolder`), but keeps no process alive.
   */
  drain(): Promise<void>;
  /** Once the file is closed. */
  close(): Promise<void>;
}

/** Serves a store to other processes of the same user. Whoever calls it holds the folder's lock, so a socket that is there is stale. */
export async function serveFolder(dataDir: string, store: Store, log: Logger): Promise<SocketServer> {
  const path = socketPath(dataDir);
  const draining = new AbortController();
  const underWay = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answering = answer(store, { request, response, draining: draining.signal })
      .catch((error: unknown) => {
        log.debug({ err: error }, 'A call through the socket of the data folder broke off');
        response.destroy();
      })
      .finally(() => underWay.delete(answering));
    underWay.add(answering);
  });
  // A caller that reuses its connection must never meet one that is just being closed: it could not tell whether it was heard.
  server.keepAliveTimeout = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (draining.signal.aborted) socket.unref();
  });
  await rm(path, { force: true });
  await listenPrivately(server, path);
  return {
    drain: async () => {
      draining.abort(new GatewayError('STORE_UNAVAILABLE', `The gateway that has ${dataDir} open is stopping`));
      server.unref();
      const timeout = new AbortController();
      const tooLong = delay(drainTimeoutMs, undefined, { signal: timeout.signal }).then(
        () => server.closeAllConnections(),
        () => undefined,
      );
      await Promise.race([Promise.allSettled(underWay), tooLong]);
      timeout.abort();
      // They are not cut: whoever asks now is to hear why it is refused.
      for (const socket of sockets) socket.unref();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The socket is born with mode 0600: a chmod afterwards would leave a moment in which others could connect. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening');
  const umask = process.umask(0o177);
  try {
    // Binds before it returns.
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await listening;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly draining: AbortSignal;
}

async function answer(store: Store, { request, response, draining }: Exchange): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The caller is gone')));
  const send = async (frame: Frame<unknown>) => {
    gone.signal.throwIfAborted();
    if (!response.write(encodeFrame(frame))) await once(response, 'drain', { signal: gone.signal });
  };
  if (request.url !== protocolPath || request.method !== 'POST') {
    response.writeHead(404).end();
    return;
  }
  try {
    draining.throwIfAborted();
    const call: Call = deserialize(await bodyOf(request));
    for await (const item of itemsOf(store, { call, gone: gone.signal, draining })) await send({ item });
    await send({ end: true });
  } catch (error) {
    gone.signal.throwIfAborted();
    await send({ error: wireErrorOf(error) });
  }
  response.end();
  if (!gone.signal.aborted) await once(response, 'close');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > callBytesLimit) throw new RangeError(`A call through the socket has at most ${callBytesLimit} bytes`);
  }
  return Buffer.concat(chunks);
}

interface Asked {
  readonly call: Call;
  readonly gone: AbortSignal;
  readonly draining: AbortSignal;
}

async function* itemsOf(store: Store, { call, gone, draining }: Asked): AsyncGenerator<unknown, undefined> {
  switch (call.type) {
    case 'read': {
      const { type: _type, ...request } = call;
      yield* piecesOf(await store.read({ ...request, signal: gone }));
      return;
    }
    case 'watch': {
      const watch = await store.watch({ ...call.request, signal: AbortSignal.any([gone, draining]) });
      yield { after: watch.after } satisfies WatchItem;
      for await (const batch of watch) yield { batch } satisfies WatchItem;
      // It ended because this side stops; to the caller, who has not asked for that, it is a failure.
      draining.throwIfAborted();
      throw new GatewayError('STORE_UNAVAILABLE', 'The gateway that has the folder open has closed its store');
    }
    case 'commit':
      yield await store.commit(call.transaction);
      return;
    case 'grantLease':
      yield await store.grantLease(call.ttlSeconds);
      return;
    case 'keepLeaseAlive':
      yield await store.keepLeaseAlive(call.leaseId);
      return;
    case 'revokeLease':
      yield await store.revokeLease(call.leaseId);
      return;
    case 'leaseTimeToLive':
      yield await store.leaseTimeToLive(call.leaseId);
      return;
    case 'status':
      yield await store.status();
      return;
  }
}

/** Cuts a result into frames, so that encoding a long one does not hold up the event loop. */
function* piecesOf({ revision, results, cost }: ReadResult): Generator<ReadItem> {
  for (const [range, { entries }] of results.entries()) {
    let piece: KeyValue[] = [];
    let bytes = 0;
    for (const entry of entries) {
      piece.push(entry);
      bytes += entry.key.length + entry.value.length;
      if (piece.length < frameEntries && bytes < frameBytes) continue;
      yield { range, entries: piece };
      piece = [];
      bytes = 0;
    }
    if (piece.length > 0) yield { range, entries: piece };
  }
  yield { revision, more: results.map(({ more }) => more), cost };
}
