import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { transportSchema } from './transport-schema.ts';

describe('The GraphQL-over-HTTP audit', () => {
  const store = openMemoryStore({ log: silentLog });
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ store, schema: transportSchema() });
  });
  afterAll(async () => {
    await gateway.stop();
    await store.close();
  });

  const audits = serverAudits({ url: () => gateway.url });

  it('has the audits of the whole suite', () => {
    expect(audits.length).toBeGreaterThanOrEqual(61);
  });

  for (const audit of audits) {
    it(`${audit.id}: ${audit.name}`, async () => {
      expect(await audit.fn()).toMatchObject({ status: 'ok' });
    });
  }
});
