import { type IncomingHttpHeaders, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
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

  it('is sent compressed to those who take it so: the same page, with the same headers, in a third of the bytes', async () => {
    const plain = await receive({ 'accept-encoding': 'identity' });
    const small = await receive({ 'accept-encoding': 'br;q=1.0, gzip;q=0.8, *;q=0.1' });
    expect(small.body.length).toBeLessThan(plain.body.length / 3);
    expect(gunzipSync(small.body).equals(plain.body)).toBe(true);
    const { 'content-encoding': encoding, 'content-length': smallLength, ...smallHeaders } = ownHeaders(small);
    const { 'content-length': plainLength, ...plainHeaders } = ownHeaders(plain);
    expect([encoding, smallLength, plainLength]).toEqual(['gzip', String(small.body.length), String(plain.body.length)]);
    expect(smallHeaders).toEqual(plainHeaders);
    expect(smallHeaders).toMatchObject({
      vary: 'Accept, Accept-Encoding',
      'x-frame-options': 'DENY',
      'cache-control': 'no-cache',
    });
  });

  it.each([undefined, '', 'br', 'gzip;q=0', 'x-gzip-not'])('is not sent compressed to who takes %j', async (coding) => {
    const { headers, body } = await receive(coding === undefined ? {} : { 'accept-encoding': coding });
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString('utf8', 0, 30)).toContain('<!doctype html>');
  });

  it('is not sent again to those who have it, compressed or not', async () => {
    const { etag = '' } = (await receive({ 'accept-encoding': 'gzip' })).headers;
    for (const coding of ['gzip', 'identity']) {
      const again = await receive({ 'accept-encoding': coding, 'if-none-match': `"another", ${etag}` });
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
      expect(again.headers['content-security-policy']).toContain("default-src 'none'");
    }
    expect((await receive({ 'if-none-match': '"another"' })).status).toBe(200);
  });

  it('is not shown to a program that asks by GET', async () => {
    const response = await fetch(`${gateway.url}?query=%7B__typename%7D`);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });
});

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The page as it comes over the wire: fetch would unpack it, and say what it takes by itself. */
function receive(headers: Readonly<Record<string, string>>): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(gateway.url, { headers: { ...browser, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** But for those that differ from answer to answer. */
function ownHeaders({ headers }: Received): IncomingHttpHeaders {
  const { date: _date, 'x-request-id': _requestId, ...others } = headers;
  return others;
}

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
