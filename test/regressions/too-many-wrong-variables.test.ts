// Symptom: an operation whose variables were wrong in more than 50 places was answered with INTERNAL_SERVER_ERROR.
import { expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openSocketClient } from '../support/ws-client.ts';

const query = 'query ($filter: GuestFilter) { guests(filter: $filter) { totalCount } }';
const filter = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, index]));

it('variables that are wrong in very many places are bad input, by each way', async () => {
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema });
  for (const accept of ['application/json', 'text/event-stream']) {
    const response = await gateway.post({ query, variables: { filter } }, { accept });
    const text = await response.text();
    expect([text.includes('"BAD_USER_INPUT"'), text.includes('INTERNAL_SERVER_ERROR')]).toEqual([true, false]);
    expect(/Too many errors/.exec(text)).not.toBeNull();
  }
  const { client, ask } = await openSocketClient(gateway.url);
  const { errors = [] } = await ask(query, { filter });
  expect(errors.at(-1)).toMatchObject({
    message: expect.stringContaining('Too many errors'),
    extensions: { code: 'BAD_USER_INPUT' },
  });
  expect(errors.every(({ extensions }) => extensions.code === 'BAD_USER_INPUT')).toBe(true);
  await client.dispose();
  await gateway.stop();
  await store.close();
});
