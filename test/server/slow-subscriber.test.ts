import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../support/gateway.ts';
import { openConnection } from './raw-http.ts';
import { type CountingGateway, closing, openCountingGateway, openReadySocket } from './subscription-fixture.ts';

const query =
  'subscription ($after: EventCursor, $until: Revision) { changes(after: $after, until: $until) { id cursor node { ... on ConfigEntry { value } } } }';

const eventLimit = 20;
/** With their values more than all buffers between the gateway and a reader that does not read, and the queue besides. */
const puts = 200;
const value = 'x'.repeat(100_000);

/** All that a stream that has ended answered, in order. */
type Read = (gateway: CountingGateway, after: string, whilePaused: () => Promise<unknown>) => Promise<Answer[]>;

const overWebsocket: Read = async (gateway, after, whilePaused) => {
  const raw = await openReadySocket(gateway);
  raw.send({ id: '1', type: 'subscribe', payload: { query, variables: { after } } });
  await expect.poll(() => gateway.services.changes.streamCount).toBe(2);
  raw.socket.pause();
  await whilePaused();
  raw.socket.resume();
  const answers: Answer[] = [];
  for (;;) {
    const { type, payload } = Object(await raw.receive());
    answers.push(type === 'error' ? { errors: payload } : payload);
    if (type === 'error') return answers;
  }
};

const overServerSentEvents: Read = async (gateway, after, whilePaused) => {
  const { socket } = await openConnection(gateway.port);
  closing.push(() => socket.destroy());
  let text = '';
  socket.removeAllListeners('data');
  socket.pause();
  const body = JSON.stringify({ query, variables: { after } });
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.write(`${head}\r\n\r\n${body}`);
  await expect.poll(() => gateway.services.changes.streamCount).toBe(2);
  await whilePaused();
  socket.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  socket.resume();
  while (!text.includes('event: complete')) await once(socket, 'data');
  // The values are all the same letter: what is between the chunks of the transfer does not hurt.
  return [...text.replace(/\r\n[0-9a-f]+\r\n/g, '').matchAll(/^data: (.+)$/gm)].map(([, json = '']) => JSON.parse(json));
};

describe.each([
  ['WebSocket', overWebsocket],
  ['server-sent events', overServerSentEvents],
])('A reader over %s that does not read', (_name, read) => {
  it('is ended with SLOW_CONSUMER, disturbs no other, and goes on behind resumeAfter without a gap or a repeat', async () => {
    const gateway = await openCountingGateway({ eventLimit });
    const after = String(await gateway.put({ 'config/a': '' }));
    const quick = await openReadySocket(gateway);
    quick.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { changes { cursor } }' } });
    await expect.poll(() => gateway.services.changes.streamCount).toBe(1);

    const cursors: string[] = [];
    const answers = await read(gateway, after, async () => {
      for (let count = 0; count < puts; count++) {
        cursors.push(`${await gateway.put({ 'config/a': value })}.0`);
        expect(await quick.receive()).toMatchObject({ payload: { data: { changes: { cursor: cursors.at(-1) } } } });
      }
      // Only the quick one is left.
      expect(gateway.services.changes.streamCount).toBe(1);
    });

    const last = answers.pop();
    expect(last).toMatchObject({ errors: [{ extensions: { code: 'SLOW_CONSUMER' } }] });
    const told = answers.map(({ data }) => data.changes.cursor);
    expect(told).toEqual(cursors.slice(0, told.length));
    expect(told.length).toBeLessThan(puts - eventLimit);
    const resumeAfter: string = last?.errors?.[0]?.extensions.resumeAfter;
    expect(resumeAfter).toBe(told.at(-1) ?? after);

    const again = await openReadySocket(gateway);
    again.send({ id: '1', type: 'subscribe', payload: { query, variables: { after: resumeAfter } } });
    for (const cursor of cursors.slice(told.length)) {
      expect(await again.receive()).toMatchObject({ type: 'next', payload: { data: { changes: { cursor } } } });
    }
  });
});
