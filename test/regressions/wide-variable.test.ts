// Symptom: one request with a variable of many thousand unknown fields stopped the whole gateway for minutes.
import { expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';

const body = {
  query: 'query ($filter: GuestFilter, $at: Revision!) @at(revision: $at) { guests(filter: $filter) { totalCount } }',
  variables: { at: '1', filter: Object.fromEntries(Array.from({ length: 12_000 }, (_, index) => [`k${index}`, index])) },
};

it('a variable that is wrong in very many places is refused with few and short errors', async () => {
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema });
  // The second time it goes another way: that of what comes again.
  for (let count = 0; count < 2; count++) {
    const { errors } = await (await gateway.post(body)).json();
    expect(errors).toHaveLength(11);
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field: 'filter' } });
    expect(errors[10].message).toContain('Too many errors');
    expect(JSON.stringify(errors).length).toBeLessThan(100_000);
  }
  await gateway.stop();
  await store.close();
});
