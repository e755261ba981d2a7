import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSampleCluster, openHeartbeats } from '../../src/demo/index.ts';
import { silentLog } from '../../src/log.ts';
import { buildSchema } from '../../src/schema/index.ts';
import { sampleOperations } from '../../src/server/sample-operations.ts';
import { sampleSubscriptions } from '../../src/server/sample-subscriptions.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { openEventSource } from '../support/sse-client.ts';

let graph: GatewaySchema;
let gateway: Gateway;
beforeAll(async () => {
  graph = await openGatewaySchema({ fixtures: ['cluster-a'] });
  gateway = await startGateway({ store: graph.store, schema: buildSchema() });
});
afterAll(async () => {
  await gateway.stop();
  await graph.close();
});

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('GraphiQL', () => {
  it('is shown to a browser, whole in one page that may load nothing from elsewhere', async () => {
    const response = await fetch(gateway.url, { headers: browser });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; connect-src 'self'");
    expect(policy).not.toMatch(/https?:|\*/);
    const html = await response.text();
    const markup = html.replace(/<script>[\s\S]*<\/script>/, '');
    expect(markup).not.toMatch(/<script|https?:|@import|url\((?!["']?data:|#)/);
    const links = [...markup.matchAll(/(?:src|href)="([^"]{0,10})/g)].map(([, target]) => target);
    expect(links).toEqual(['data:image']);
  });

  it('asks by POST, also for subscriptions, and has the samples in its first tabs', async () => {
    const html = await (await fetch(gateway.url, { headers: browser })).text();
    const { endpoint, method, defaultTabs, ...others } = optionsIn(html);
    expect([endpoint, method]).toEqual(['/graphql', 'POST']);
    expect(defaultTabs).toMatchObject([...sampleOperations, ...sampleSubscriptions].map(({ query }) => ({ query })));
    // Server-sent events are its default. Over WebSocket it would connect again by itself, and leave out what came meanwhile.
    // And a credential in its headers editor is not kept in the browser.
    expect(others).toEqual({ title: 'Lochness gateway', shouldPersistHeaders: false });
  });

  it('is sent compressed to those who take it so, and not again to those who have it', async () => {
    const response = await fetch(gateway.url, { headers: { ...browser, 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(await response.text()).toContain('</html>');
    const etag = response.headers.get('etag') ?? '';
    const again = await fetch(gateway.url, { headers: { ...browser, 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('is not shown to a program that asks by GET', async () => {
    const response = await fetch(`${gateway.url}?query=%7B__typename%7D`);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });
});

/** What GraphiQL is started with: the last thing in the page. */
// biome-ignore lint/suspicious/noExplicitAny: the test looks into it.
function optionsIn(html: string): any {
  const [, options = ''] = /document\.querySelector\('#root'\),\s*(\{.*\}),\s*\);\s*<\/script>/.exec(html.slice(-50_000)) ?? [];
  return JSON.parse(options);
}

describe('The sample operations', () => {
  const newGuest = sampleOperations.find(({ query }) => query.includes('mutation NewGuest')) ?? { query: '' };
  let cluster: Gateway;
  let heartbeats: Awaited<ReturnType<typeof openHeartbeats>>;
  beforeAll(async () => {
    const store = openMemoryStore({ log: silentLog });
    cluster = await startGateway({ store, schema: buildSchema() });
    const { keys, now } = cluster.services;
    const { signal } = new AbortController();
    await createSampleCluster({ store, keys, hypervisorCount: 5, guestCount: 50, now: now(), signal });
    heartbeats = await openHeartbeats({ store, keys, log: silentLog, now });
  });
  afterAll(async () => {
    await heartbeats.stop();
    await cluster.stop();
    await cluster.services.store.close();
  });

  it.each(sampleOperations.map(({ query, variables }) => [parse(query), query, variables] as const))(
    "%#: fits the schema, and answers on the demo's cluster",
    async (document, query, variables) => {
      expect(validate(buildSchema(), document)).toEqual([]);
      const revision = (await cluster.ask('{ revision }')).data.revision;
      const { data, errors } = await cluster.ask(query, variables?.revision === undefined ? variables : { revision });
      expect(errors).toBeUndefined();
      expect(data).not.toBeNull();
    },
  );

  it.each(sampleSubscriptions.map(({ query, variables }) => [parse(query), query, variables] as const))(
    'subscription %#: fits the schema, begins as GraphiQL begins it, and tells what happens',
    async (document, query, variables) => {
      expect(validate(buildSchema(), document)).toEqual([]);
      const events = await openEventSource(cluster.url, { query, ...(variables === undefined ? {} : { variables }) });
      expect(events.response.headers.get('content-type')).toBe('text/event-stream');
      await heartbeats.beat();
      expect((await cluster.ask(newGuest.query, newGuest.variables)).errors).toBeUndefined();
      const { data, errors } = (await events.next()) ?? {};
      events.cut();
      expect(errors).toBeUndefined();
      expect(Object.values(data)).toEqual([expect.objectContaining({ cursor: expect.stringMatching(/^\d+\.\d+$/) })]);
    },
  );
});
