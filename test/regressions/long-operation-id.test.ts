// Symptom: a second operation under a long id closed the WebSocket with 1011, and left a stack in the log.
import { expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openRawSocket } from '../support/ws-client.ts';

it.each(['x'.repeat(300), '\u{1f995}'.repeat(60)])(
  "an id that is in use is the client's mistake, however long it is",
  async (id) => {
    const store = openMemoryStore({ log: silentLog });
    const gateway = await startGateway({ store, schema });
    const raw = await openRawSocket(gateway.url);
    raw.send({ type: 'connection_init' });
    await raw.receive();
    for (let count = 0; count < 2; count++) {
      raw.send({ type: 'subscribe', id, payload: { query: 'subscription { changes { id } }' } });
    }
    expect(await raw.closed).toEqual({ code: 4409, reason: expect.stringMatching(/^Subscriber for /) });
    expect(gateway.logLines.filter(({ level }) => level > 30)).toEqual([]);
    await gateway.stop();
    await store.close();
  },
);
