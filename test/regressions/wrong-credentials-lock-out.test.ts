// Symptom: behind a proxy, one client with a revoked token kept all others out whose credential the gateway had not seen since its start.
import { expect, it } from 'vitest';
import { openAuthenticator } from '../../src/auth/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { keys, makeToken, outcomeOf } from '../auth/credential.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';

it('a token that the watch has told of is let in, however many wrong ones come from its address', async () => {
  const store = openMemoryStore({ log: silentLog });
  const token = await makeToken(store);
  const authenticator = openAuthenticator(
    { credentials: ['token'], jwt: null },
    { store, keys, log: silentLog, now: () => new Date() },
  );
  // From here on it is known, as it is once the watch has begun. No request has shown it yet.
  expect(await outcomeOf(authenticator, token)).toMatchObject({ role: 'viewer' });
  const gateway = await startGateway({ store, schema, authenticator });
  const statusOf = async (credential: string): Promise<number> => {
    const { status } = await gateway.post({ query: '{ revision }' }, { authorization: `Bearer ${credential}` });
    return status;
  };
  const gone = `lgw_${'A'.repeat(43)}`;
  const statuses = new Set<number>();
  for (let count = 0; count < 100; count++) statuses.add(await statusOf(gone));
  expect(statuses).toEqual(new Set([401, 429]));
  expect(await statusOf(token)).toBe(200);
  await gateway.stop();
  await authenticator.close();
  await store.close();
});
