import { describe, expect, it, onTestFinished } from 'vitest';
import { type Authenticator, everybody, type Role } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import type { MetricsPage } from '../../src/server/metrics-page.ts';
import { metricsConnectionLimit, startMetricsServer } from '../../src/server/metrics-server.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { samplesIn } from '../support/prometheus.ts';
import { exchange, openConnection, type RawConnection } from './raw-http.ts';

function openTestMetrics() {
  const metrics = openMetrics({ version: '1.2.3' });
  onTestFinished(() => metrics.close());
  return metrics;
}

/** Whose token is the name of a role has that role. */
const byRole: Authenticator = {
  isOpen: false,
  authenticate(credential) {
    if (credential === null) throw new GatewayError('UNAUTHENTICATED', 'No credential was given');
    return { ...everybody, id: credential, role: credential as Role }; // the test gives no other
  },
  asksNobody: () => true,
  onEnd: () => () => undefined,
  close: () => undefined,
};

async function start(options: { readonly isShown?: boolean; readonly authenticator?: Authenticator } = {}) {
  const { isShown = true, ...others } = options;
  const metrics = openTestMetrics();
  const store = openMemoryStore({ log: silentLog });
  const page = isShown ? { metrics } : {};
  const gateway = await startGateway({ store, schema, observer: metrics.observer, ...page, ...others });
  onTestFinished(async () => {
    await gateway.stop();
    await store.close();
  });
  return { gateway, metrics };
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('/metrics beside GraphQL', () => {
  it('is text for Prometheus', async () => {
    const { gateway } = await start();
    await gateway.ask('query Look { revision }');
    const response = await fetch(`${gateway.origin}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const samples = samplesIn(await response.text());
    expect(samples.get('lochness_gateway_operations_total{kind="query",operation="Look",outcome="ok"}')).toBe(1);
    expect([...samples.keys()].filter((name) => name.startsWith('lochness_gateway_build_info'))).toEqual([
      `lochness_gateway_build_info{node="${process.version}",version="1.2.3"}`,
    ]);
    expect((await fetch(`${gateway.origin}/metrics`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${gateway.origin}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('is for viewers, where credentials are asked for', async () => {
    const { gateway, metrics } = await start({ authenticator: byRole });
    const url = `${gateway.origin}/metrics`;
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')]);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    const statuses = async (role: Role) => (await fetch(url, bearer(role))).status;
    expect([await statuses('viewer'), await statuses('operator'), await statuses('admin')]).toEqual([200, 200, 200]);
    const forbidden = await fetch(url, bearer('agent'));
    expect(forbidden.status).toBe(403);
    expect(await forbidden.json()).toMatchObject({
      errors: [{ message: '/metrics needs the role viewer', extensions: { code: 'FORBIDDEN', role: 'viewer' } }],
    });
    const samples = samplesIn(await metrics.text());
    expect(samples.get('lochness_gateway_errors_total{code="UNAUTHENTICATED",kind="refused"}')).toBe(1);
    expect(samples.get('lochness_gateway_errors_total{code="FORBIDDEN",kind="refused"}')).toBe(1);
  });

  it('is not there where it has a port of its own', async () => {
    const { gateway } = await start({ isShown: false });
    const response = await fetch(`${gateway.origin}/metrics`);
    const told = { errors: [{ message: 'There is nothing here: metrics have a port of their own' }] };
    expect([response.status, await response.json()]).toMatchObject([404, told]);
  });
});

describe('the port of metrics', () => {
  interface ServerOptions {
    readonly status?: 'ready' | 'draining';
    readonly host?: string;
    readonly page?: MetricsPage;
  }

  async function startServer({ status = 'ready', host = '127.0.0.1', page = openTestMetrics() }: ServerOptions = {}) {
    const readiness = async () =>
      status === 'ready'
        ? ({ status, store: 'embedded', revision: 7 } as const)
        : ({ status, reason: 'The gateway is shutting down' } as const);
    const allowedHosts = ['metrics.example'];
    const server = await startMetricsServer({ host, port: 0, allowedHosts, page, readiness, log: silentLog });
    onTestFinished(() => server.close());
    const ask = (path: string, method = 'GET') => fetch(new URL(path, server.url), { method });
    return { server, ask, port: Number(new URL(server.url).port) };
  }

  /** Says nothing from then on. */
  async function openIdle(port: number, count: number): Promise<readonly RawConnection[]> {
    const connections = await Promise.all(Array.from({ length: count }, () => openConnection(port)));
    onTestFinished(() => connections.forEach(({ socket }) => void socket.destroy()));
    return connections;
  }

  it('has metrics, health and readiness, and nothing else', async () => {
    const { server, ask } = await startServer();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect(samplesIn(await (await ask('/metrics?match=all')).text()).size).toBeGreaterThan(20);
    expect(await (await ask('/health')).json()).toEqual({ status: 'up' });
    expect(await (await ask('/ready')).json()).toEqual({ status: 'ready', store: 'embedded', revision: 7 });
    expect((await ask('/graphql?query={revision}')).status).toBe(404);
    expect((await ask('/metrics', 'POST')).status).toBe(405);
  });

  it('goes on while the gateway drains', async () => {
    const { ask } = await startServer({ status: 'draining' });
    expect((await ask('/ready')).status).toBe(503);
    expect((await ask('/metrics')).status).toBe(200);
  });

  it('is for no web page that points a name of its own at loopback', async () => {
    const { port } = await startServer();
    const statusBy = async (host: string) =>
      (await exchange(port, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).split(' ')[1];
    for (const host of ['evil.example', 'evil.example:9464', '127.0.0.1.evil.example']) expect(await statusBy(host)).toBe('403');
    for (const host of ['127.0.0.1', `localhost:${port}`, '[::1]', 'METRICS.example']) expect(await statusBy(host)).toBe('200');
    expect(await statusBy('a b')).toBe('400');
    expect(await exchange(port, 'GET /metrics HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is called by any name beyond loopback, as scrapers do', async () => {
    const { port } = await startServer({ host: '0.0.0.0' });
    const request = 'GET /ready HTTP/1.1\r\nHost: gateway-1:9464\r\nConnection: close\r\n\r\n';
    expect(await exchange(port, request)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('has room for a scraper while more idle connections than it keeps are open: the oldest give way', async () => {
    const { ask, port } = await startServer();
    const [oldest] = await openIdle(port, metricsConnectionLimit);
    expect((await ask('/metrics')).status).toBe(200);
    expect(await oldest?.closed).toBe('');
  });

  it('does not cut a scrape for connections that come meanwhile', async () => {
    const asked = new Deferred();
    const answered = new Deferred();
    const page: MetricsPage = {
      contentType: 'text/plain',
      async text() {
        asked.resolve();
        await answered.promise;
        return 'slow 1';
      },
    };
    const { ask, port } = await startServer({ page });
    const scrape = ask('/metrics');
    await asked.promise;
    const [oldest] = await openIdle(port, 2 * metricsConnectionLimit);
    await oldest?.closed;
    answered.resolve();
    expect(await (await scrape).text()).toBe('slow 1');
  });

  it('says where it can not be had', async () => {
    const { port } = await startServer();
    const readiness = () => Promise.reject(new Error('Nobody asks'));
    const again = startMetricsServer({
      host: '127.0.0.1',
      port,
      allowedHosts: [],
      page: openTestMetrics(),
      readiness,
      log: silentLog,
    });
    await expect(again).rejects.toThrow(`Can't serve metrics on 127.0.0.1:${port}`);
  });
});
