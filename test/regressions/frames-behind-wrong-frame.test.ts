import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { openConnection, websocketOffer } from '../server/raw-http.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';

const ping = Buffer.from([0x89, 0x80, 1, 2, 3, 4]);
/** A text of two bytes that are no UTF-8. */
const wrong = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]);

describe('A frame that is wrong', () => {
  let store: Store;
  let gateway: Gateway;
  beforeAll(async () => {
    store = openMemoryStore({ log: silentLog });
    gateway = await startGateway({ store, schema });
  });
  afterAll(async () => {
    await gateway.stop();
    await store.close();
  });

  it('ends its socket, and not the gateway, also where more has come behind it', async () => {
    const { socket, closed } = await openConnection(gateway.port);
    socket.setNoDelay(true);
    socket.write(websocketOffer);
    await new Promise((resolve) => socket.once('data', resolve));
    // Each is told in a turn of its own: what comes meanwhile is buffered.
    socket.write(Buffer.concat(Array.from({ length: 80 }, () => ping)));
    for (const piece of [wrong, ...Array.from({ length: 10 }, () => ping)]) {
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      socket.write(piece);
    }
    // 1007: no UTF-8.
    expect(Buffer.from(await closed, 'utf8').includes(Buffer.from([0x03, 0xef]).toString())).toBe(true);
    expect((await gateway.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});
