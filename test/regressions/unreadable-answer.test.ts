// Symptom: a mutation was done whose client took no answer in UTF-8 as the gateway spells it, and was answered 406 without a word.
import { expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';

it.each(['*/*;charset=utf8', 'application/json;charset="utf-8"', 'text/event-stream;charset=utf8', 'image/png'])(
  'a mutation whose answer could not be read, as %s, is refused before it is done, with an error of GraphQL',
  async (accept) => {
    const store = openMemoryStore({ log: silentLog });
    const gateway = await startGateway({ store, schema });
    const { revision } = await store.status();
    const response = await gateway.post({ query: 'mutation { createNetwork(input: {}) { __typename } }' }, { accept });
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'accept' } }] });
    expect((await store.status()).revision).toBe(revision);
    await gateway.stop();
    await store.close();
  },
);
