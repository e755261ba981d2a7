import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Authenticator } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type GatewayOptions, startGateway } from '../support/gateway.ts';
import { samplesIn, samplesOf } from '../support/prometheus.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';
import { transportSchema } from './transport-schema.ts';

const right = { authorization: 'Bearer right' };

async function open(options: Partial<GatewayOptions> = {}) {
  const metrics = openMetrics({ version: '1.2.3' });
  const store = openMemoryStore({ log: silentLog });
  const authenticator = fixedAuthenticator({ right: viewerWith('viewer') });
  const { observer } = metrics;
  const gateway = await startGateway({ store, schema: transportSchema(), authenticator, observer, metrics, ...options });
  onTestFinished(async () => {
    await gateway.stop();
    await store.close();
    metrics.close();
  });
  return {
    gateway,
    /** All that is counted of errors, by their codes, and the log lines of refusals. */
    async refusals() {
      const response = await fetch(`${gateway.origin}/metrics`, { headers: right });
      const samples = samplesIn(await response.text());
      const counts = Object.entries(samplesOf(samples, 'lochness_gateway_errors_total'));
      return {
        counts: Object.fromEntries(counts.map(([labels, count]) => [/code="(\w+)",kind="refused"/.exec(labels)?.[1], count])),
        lines: gateway.logLines.filter(({ msg }) => / refused$/.test(msg)),
      };
    },
  };
}

/** Asks with this credential, and waits for the close. */
async function farewellTo(url: string, authorization: string) {
  const raw = await openRawSocket(url);
  raw.send({ type: 'connection_init', payload: { authorization } });
  return raw.closed;
}

describe('A WebSocket that is refused is counted once and logged', () => {
  it('for its credential', async () => {
    const { gateway, refusals } = await open();
    expect((await farewellTo(gateway.url, 'Bearer wrong-secret')).code).toBe(4401);
    const { counts, lines } = await refusals();
    expect(counts).toEqual({ UNAUTHENTICATED: 1 });
    expect(lines).toMatchObject([{ level: 30, msg: 'caller refused', code: 'UNAUTHENTICATED' }]);
    expect(JSON.stringify(gateway.logLines)).not.toContain('wrong-secret');
  });

  it('because nobody can know who it is', async () => {
    const fixed = fixedAuthenticator({ right: viewerWith('viewer') });
    const authenticator: Authenticator = {
      ...fixed,
      authenticate(credential) {
        if (credential === 'right') return fixed.authenticate(credential);
        throw new GatewayError('STORE_UNAVAILABLE', 'The store does not answer');
      },
    };
    const { gateway, refusals } = await open({ authenticator });
    expect((await farewellTo(gateway.url, 'Bearer other')).code).toBe(1013);
    expect(await refusals()).toMatchObject({ counts: { STORE_UNAVAILABLE: 1 }, lines: [{ code: 'STORE_UNAVAILABLE' }] });
  });

  it('for too many wrong credentials of its address', async () => {
    // None of them is forgiven meanwhile.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    onTestFinished(() => clock.mockRestore());
    const { gateway, refusals } = await open();
    for (let count = 0; count < 20; count++) expect((await farewellTo(gateway.url, `Bearer ${count}`)).code).toBe(4401);
    expect((await farewellTo(gateway.url, 'Bearer 20')).code).toBe(1013);
    expect((await refusals()).counts).toEqual({ UNAUTHENTICATED: 20, RATE_LIMITED: 1 });
  });

  it('for one too many of its viewer', async () => {
    const { gateway, refusals } = await open({ limits: { sockets: 1 } });
    const { client } = await openSocketClient(gateway.url, { connectionParams: right });
    const { code, reason } = await farewellTo(gateway.url, 'Bearer right');
    expect([code, reason]).toEqual([1013, 'There may be 1 WebSockets and event streams at once']);
    expect(await refusals()).toMatchObject({
      counts: { RATE_LIMITED: 1 },
      lines: [{ msg: 'caller refused', code: 'RATE_LIMITED' }],
    });
    await client.dispose();
  });

  it('before it is one', async () => {
    const { gateway, refusals } = await open();
    await expect(openRawSocket(gateway.url, { origin: 'https://elsewhere.example' })).rejects.toThrow('403');
    await expect(openRawSocket(`${gateway.origin}/nowhere`)).rejects.toThrow('404');
    expect(await refusals()).toMatchObject({ counts: { BAD_USER_INPUT: 2 }, lines: [{ status: 403 }, { status: 404 }] });
    const page = await fetch(`${gateway.origin}/metrics`, { headers: right });
    const statuses = samplesOf(samplesIn(await page.text()), 'lochness_gateway_http_requests_total');
    expect(statuses).toMatchObject({ '{status="403"}': 1, '{status="404"}': 1 });
  });
});

describe('An operation over WebSocket that is refused is counted once and logged', () => {
  it.each([
    ['no GraphQL', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['too many words', { query: `{ ${'a '.repeat(10_000)} }` }, 'QUERY_TOO_COMPLEX'],
    ['a field that is none', { query: '{ cuont }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an operation that is not there', { query: '{ count }', operationName: 'B' }, 'BAD_USER_INPUT'],
    ['a document by a name that is none', { query: '', documentId: 'x' }, 'BAD_USER_INPUT'],
    ['a variable that is nested too deeply', { query: '{ count }', variables: { deep: nested(101) } }, 'BAD_USER_INPUT'],
  ])('for %s', async (_what, payload, code) => {
    const { gateway, refusals } = await open();
    const raw = await openRawSocket(gateway.url);
    raw.send({ type: 'connection_init', payload: right });
    await raw.receive();
    raw.send({ id: '1', type: 'subscribe', payload });
    expect(await raw.receive()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code } }] });
    expect(await refusals()).toMatchObject({ counts: { [code]: 1 }, lines: [{ level: 30, errors: { [code]: 1 } }] });
    raw.socket.terminate();
  });

  it('for its rate, and for one too many on its socket', async () => {
    const began = new Deferred();
    const released = new Deferred<string>();
    const gate = (): Promise<string> => {
      began.resolve();
      return released.promise;
    };
    const limits = { socketOperations: 1, requestsPerSecond: 1e-6, requestBurst: 2 };
    const { gateway, refusals } = await open({ schema: transportSchema({ gate }), limits });
    const { ask } = await openSocketClient(gateway.url, { connectionParams: right });
    const code = async (): Promise<unknown> => (await ask('{ count }')).errors?.[0]?.extensions.code;
    const waiting = ask('{ wait }');
    await began.promise;
    expect(await code()).toBe('RATE_LIMITED');
    released.resolve('done');
    await waiting;
    expect([await code(), await code()]).toEqual([undefined, 'RATE_LIMITED']);
    expect(await refusals()).toMatchObject({
      counts: { RATE_LIMITED: 2 },
      lines: [{ errors: { RATE_LIMITED: 1 } }, { errors: { RATE_LIMITED: 1 } }],
    });
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}
