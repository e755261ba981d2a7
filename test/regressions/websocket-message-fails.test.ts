// Symptom: a ping with a very deep payload, or a message that only a server may send, closed the WebSocket with 4500 and left a
// stack in the log.
import { expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openRawSocket } from '../support/ws-client.ts';

const depth = 100_000;

it.each([
  ['a ping of many levels', `{"type":"ping","payload":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`],
  ['connection_ack', '{"type":"connection_ack"}'],
  ['next', '{"type":"next","id":"1","payload":{"data":{}}}'],
  ['error', '{"type":"error","id":"1","payload":[{"message":"x"}]}'],
])("a message that can't be answered is the client's mistake: %s", async (_what, message) => {
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema });
  const raw = await openRawSocket(gateway.url);
  raw.send({ type: 'connection_init' });
  await raw.receive();
  raw.send('{"type":"ping","payload":{"a":[1]}}');
  expect(await raw.receive()).toEqual({ type: 'pong', payload: { a: [1] } });
  raw.send(message);
  expect(await raw.closed).toEqual({ code: 4400, reason: 'Invalid message received' });
  expect(gateway.logLines.filter(({ level }) => level > 30)).toEqual([]);
  await gateway.stop();
  await store.close();
});
