import { describe, expect, it, onTestFinished } from 'vitest';
import { type Authenticator, everybody, type Role } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import { startMetricsServer } from '../../src/server/metrics-server.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { samplesIn } from '../support/prometheus.ts';

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
    expect((await fetch(`${gateway.origin}/metrics`)).status).toBe(404);
  });
});

describe('the port of metrics', () => {
  async function startServer(status: 'ready' | 'draining' = 'ready') {
    const page = openTestMetrics();
    const readiness = async () =>
      status === 'ready'
        ? ({ status, store: 'embedded', revision: 7 } as const)
        : ({ status, reason: 'The gateway is shutting down' } as const);
    const server = await startMetricsServer({ host: '127.0.0.1', port: 0, page, readiness, log: silentLog });
    onTestFinished(() => server.close());
    const ask = (path: string, method = 'GET') => fetch(new URL(path, server.url), { method });
    return { server, ask };
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
    const { ask } = await startServer('draining');
    expect((await ask('/ready')).status).toBe(503);
    expect((await ask('/metrics')).status).toBe(200);
  });

  it('says where it can not be had', async () => {
    const { server } = await startServer();
    const { port } = new URL(server.url);
    const readiness = () => Promise.reject(new Error('Nobody asks'));
    const again = startMetricsServer({
      host: '127.0.0.1',
      port: Number(port),
      page: openTestMetrics(),
      readiness,
      log: silentLog,
    });
    await expect(again).rejects.toThrow(`Can't serve metrics on 127.0.0.1:${port}`);
  });
});
