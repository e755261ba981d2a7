import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange } from '../server/raw-http.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { samplesIn } from '../support/prometheus.ts';
import { Program } from './program.ts';

const args = ['serve', '--memory', '--port', '0', '--metrics-port', '0', '--no-jobs'];

async function start(
  ...more: string[]
): Promise<{ readonly program: Program; readonly origin: string; readonly metricsUrl: string }> {
  const program = new Program([...args, ...more]);
  const [, origin = ''] = await program.untilSaid(/listening on (http:\/\/[^/]+)/);
  const [, metricsUrl = ''] = await program.untilSaid(/"metrics":"([^"]+)"/, 'stderr');
  return { program, origin, metricsUrl };
}

describe('the program', () => {
  it('serves metrics on their own port alone, and sends the traces that are left when it is told to end', async () => {
    const collector = await startCollector();
    onTestFinished(() => collector.close());
    const { program, origin, metricsUrl } = await start('--otlp-endpoint', collector.endpoint);
    await fetch(`${origin}/graphql?query=${encodeURIComponent('query Look { revision }')}`);
    expect((await fetch(`${origin}/metrics`)).status).toBe(404);
    const samples = samplesIn(await (await fetch(metricsUrl)).text());
    expect(samples.get('lochness_gateway_operations_total{kind="query",operation="Look",outcome="ok"}')).toBe(1);
    expect(samples.get('lochness_gateway_ready')).toBe(1);
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(collector.spans.map(({ name }) => name)).toContain('query Look');
    expect(JSON.parse(program.stderr.split('\n').find((line) => line.includes('"Look"')) ?? '')).toMatchObject({
      traceId: collector.spans.find(({ name }) => name === 'query Look')?.traceId,
      requestId: expect.any(String),
    });
  });

  it('tells metrics by a name that its operator allows, and by no other one that leads to loopback', async () => {
    const { program, metricsUrl } = await start('--allowed-host', 'metrics.example');
    const { port } = new URL(metricsUrl);
    const answerBy = (host: string) =>
      exchange(Number(port), `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await answerBy('metrics.example')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await answerBy('evil.example')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('ends where its collector is away', async () => {
    const collector = await startCollector();
    await collector.close();
    const { program, origin } = await start('--otlp-endpoint', collector.endpoint);
    await fetch(`${origin}/graphql?query=${encodeURIComponent('{ revision }')}`);
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(program.stderr).toContain('"msg":"stopped"');
    expect(program.stderr.match(/can't be delivered/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});
