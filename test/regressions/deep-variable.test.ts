// Symptom: a variable that was nested some thousand levels deep was answered with INTERNAL_SERVER_ERROR, and a stack in the log.
import { expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openRawSocket } from '../support/ws-client.ts';

const deep = '['.repeat(100_000) + ']'.repeat(100_000);

it('a variable that is nested very deeply is bad input, by each way, whether it is declared or not', async () => {
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema, memory: store.memory });
  const refused = { code: 'BAD_USER_INPUT', field: 'ids' };
  const raw = await openRawSocket(gateway.url);
  raw.send({ type: 'connection_init' });
  await raw.receive();
  for (const query of ['query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', '{ revision }', 'subscription { changes { id } }']) {
    const payload = `{"query":${JSON.stringify(query)},"variables":{"ids":${deep}}}`;
    const response = await gateway.post(payload);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: refused }] });
    raw.send(`{"type":"subscribe","id":"1","payload":${payload}}`);
    expect(await raw.receive()).toMatchObject({ type: 'error', id: '1', payload: [{ extensions: refused }] });
  }
  expect(gateway.logLines.filter(({ level }) => level > 30)).toEqual([]);
  raw.socket.terminate();
  await gateway.stop();
  await store.close();
});
