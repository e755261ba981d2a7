import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { transportSchema } from './transport-schema.ts';

vi.mock('@graphql-yoga/render-graphiql', () => ({ renderGraphiQL: vi.fn(() => '<html><head></head></html>') }));

const store = openMemoryStore({ log: silentLog });
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ store, schema: transportSchema() });
});
afterAll(async () => {
  await gateway.stop();
  await store.close();
});

it("GraphiQL's page that could not be made is made for whoever asks next, and then once for all", async () => {
  const show = () => fetch(gateway.url, { headers: { accept: 'text/html' } });
  vi.mocked(renderGraphiQL).mockImplementationOnce(() => {
    throw new Error('no memory for it');
  });
  expect((await show()).status).toBe(500);
  expect((await show()).status).toBe(200);
  expect((await show()).status).toBe(200);
  expect(renderGraphiQL).toHaveBeenCalledTimes(2);
});
