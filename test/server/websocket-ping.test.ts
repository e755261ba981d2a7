import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { answerPings } from '../../src/server/websocket-ping.ts';

it('a client that reads no answers to its pings has 50 of them lying there, and gets new ones when it has read them', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  server.once('connection', (websocket, { socket }) => {
    answerPings(websocket, () => false);
    // As if the operating system took nothing more.
    socket.cork();
    websocket.on('message', () => {
      socket.uncork();
      websocket.send('read');
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens at no port');
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`, { perMessageDeflate: false });
  onTestFinished(() => client.terminate());
  let pongs = 0;
  client.on('pong', () => {
    pongs++;
  });
  await once(client, 'open');

  async function pingsUntilRead(count: number): Promise<number> {
    for (let index = 0; index < count; index++) client.ping();
    client.send('read');
    await once(client, 'message');
    return pongs;
  }
  expect(await pingsUntilRead(200)).toBe(50);
  expect(await pingsUntilRead(40)).toBe(90);
});
