import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { CountedRequest, watchSocketMemory } from '../../../src/server/limits/index.ts';
import { openConnection } from '../raw-http.ts';

const megabyte = 1024 * 1024;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Answers as many bytes as the path says; a body is never read to its end, and that of a PUT not at all. */
async function listen(limitBytes: number) {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const server: Server = createServer({ IncomingMessage: CountedRequest }, (request, response: ServerResponse) => {
    if (request.method === 'POST') request.on('data', () => undefined);
    else if (request.method === 'GET') response.end(Buffer.alloc(Number(request.url?.slice(1))));
  });
  const memory = watchSocketMemory({ server, connectionEvent: 'connection', log, limitBytes });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
    memory.close,
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens at no port');
  return { port: address.port, lines };
}

it('the one who leaves the most unread is cut, once all together leave too much', async () => {
  const { port, lines } = await listen(64 * megabyte);
  const modest = await openConnection(port);
  modest.socket.pause();
  modest.socket.write(`GET /${20 * megabyte} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const greedy = await openConnection(port);
  greedy.socket.pause();
  greedy.socket.write(`GET /${60 * megabyte} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await expect.poll(() => lines.length, { timeout: 5000 }).toBe(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 40, cut: 1 });

  modest.socket.resume();
  let bytes = 0;
  modest.socket.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  await expect.poll(() => bytes, { timeout: 5000 }).toBeGreaterThan(20 * megabyte);
  greedy.socket.resume();
  expect((await greedy.closed).length).toBeLessThan(60 * megabyte);
  modest.socket.destroy();
});

it('the one who has sent the most of a request that does not end is cut, once all together have sent too much', async () => {
  const { port, lines } = await listen(8 * megabyte);
  const [small, large] = [await openConnection(port), await openConnection(port)];
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${100 * megabyte}\r\n\r\n`;
  small.socket.write(head + 'x'.repeat(2 * megabyte));
  large.socket.write(head + 'x'.repeat(7 * megabyte));
  await large.closed;
  expect(small.socket.destroyed).toBe(false);
  expect(lines).toHaveLength(1);
  small.socket.destroy();
});

it('a body that nobody has read yet counts for the pieces that it came in, however short they are', async () => {
  const { port, lines } = await listen(2 * megabyte);
  const [read, unread] = [await openConnection(port), await openConnection(port)];
  const pieces = `HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(10_000)}`;
  read.socket.write(`POST / ${pieces}`);
  unread.socket.write(`PUT / ${pieces}`);
  await unread.closed;
  expect(read.socket.destroyed).toBe(false);
  expect(lines).toHaveLength(1);
  read.socket.destroy();
});
