import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { exchange } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ store, schema: transportSchema(), corsOrigins: ['https://dash.example'] });
});
afterAll(async () => {
  await gateway.stop();
  await store.close();
});

const headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};
const nothing = "default-src 'none'; frame-ancestors 'none'";
const html = { headers: { accept: 'text/html' } };

describe('Every answer', () => {
  it.each([
    ['to an operation', (): Promise<Response> => gateway.post({ query: '{ __typename }' })],
    ['to a page of a listed origin', () => gateway.post({ query: '{ __typename }' }, { origin: 'https://dash.example' })],
    ['to what is refused', () => gateway.post({ query: 1 })],
    ['to what comes in parts', () => gateway.post({ query: '{ __typename }' }, { accept: 'text/event-stream' })],
    ['to what is not there', () => fetch(`${gateway.origin}/nothing`)],
    ['to a health check', () => fetch(`${gateway.origin}/health`)],
    ['to a preflight', () => fetch(gateway.url, { method: 'OPTIONS' })],
    ['that leads elsewhere', () => fetch(gateway.origin, { redirect: 'manual' })],
  ])('%s says what a browser may do with it: nothing', async (_what, ask) => {
    const answer = Object.fromEntries((await ask()).headers);
    expect(answer).toMatchObject({ ...headers, 'content-security-policy': nothing });
    expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(['server']));
    expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(['x-powered-by']));
  });

  it('to a WebSocket that is refused says so too', async () => {
    const upgrade = 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const text = await exchange(gateway.port, upgrade);
    for (const [name, value] of Object.entries(headers)) expect(text).toContain(`${name}: ${value}\r\n`);
  });
});

describe('The page of GraphiQL', () => {
  let page: string;
  let policy: ReadonlyMap<string, string>;
  beforeAll(async () => {
    const response = await fetch(gateway.url, html);
    expect(Object.fromEntries(response.headers)).toMatchObject(headers);
    page = await response.text();
    const directives = (response.headers.get('content-security-policy') ?? '').split('; ');
    policy = new Map(
      directives.map((directive) => [directive.slice(0, directive.indexOf(' ')), directive.slice(directive.indexOf(' ') + 1)]),
    );
  });

  it('may run the scripts that are in it, by their hashes, and no others', () => {
    // As a browser finds them: what stands in a script is no markup, up to its end.
    const scripts: string[] = [];
    for (let at = page.indexOf('<script>'); at >= 0; at = page.indexOf('<script>', at)) {
      const end = page.indexOf('</script', at);
      scripts.push(page.slice(at + '<script>'.length, end));
      at = end;
    }
    expect(scripts.length).toBeGreaterThan(0);
    const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(policy.get('script-src')).toBe(hashes.join(' '));
    // A browser reads another line end for it, and another hash.
    expect(page).not.toContain('\r');
    expect(page.slice(0, page.indexOf('<script>'))).not.toMatch(/<script|\son\w+=|javascript:/i);
  });

  it('may neither evaluate text nor load anything from elsewhere', () => {
    expect([...policy.values()].join(' ')).not.toMatch(/unsafe-eval|unsafe-hashes|strict-dynamic|https?:|\*/);
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('connect-src')).toBe("'self'");
    expect(policy.get('worker-src')).toBe('blob:');
    // Styles alone: the editor makes them as it runs.
    expect([...policy].filter(([, value]) => value.includes('unsafe-inline')).map(([name]) => name)).toEqual(['style-src']);
  });

  it('may be shown in no frame, and sends no form', () => {
    for (const name of ['frame-ancestors', 'form-action', 'base-uri']) expect(policy.get(name)).toBe("'none'");
  });
});
