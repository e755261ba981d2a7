import { afterEach, describe, expect, it } from 'vitest';
import { type Authenticator, everybody, openToEverybody } from '../../../src/auth/index.ts';
import { GatewayError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { GuessLimit } from '../../../src/server/limits/index.ts';
import { addressKey, originKey } from '../../../src/server/limits/origin.ts';
import { mostBuckets, RateLimit } from '../../../src/server/limits/rate-limit.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';
import { openSocketClient } from '../../support/ws-client.ts';

describe('A bucket of requests', () => {
  function openLimit(perSecond: number, burst: number) {
    const clock = { nowMs: 0 };
    return { clock, limit: new RateLimit({ perSecond, burst, nowMs: () => clock.nowMs }) };
  }

  it('lets a burst in, and then as many as come back in time', () => {
    const { clock, limit } = openLimit(2, 5);
    expect([1, 2, 3, 4, 5].map(() => limit.take('a'))).toEqual([0, 0, 0, 0, 0]);
    expect(limit.take('a')).toBe(1);
    clock.nowMs += 499;
    expect(limit.take('a')).toBe(1);
    clock.nowMs += 1;
    expect(limit.take('a')).toBe(0);
    expect(limit.take('a')).toBe(1);
    clock.nowMs += 3_600_000;
    expect([1, 2, 3, 4, 5].map(() => limit.take('a'))).toEqual([0, 0, 0, 0, 0]);
    expect(limit.take('a')).toBe(1);
  });

  it('takes several at once or none, and all that there is for more than it can hold', () => {
    const { clock, limit } = openLimit(1, 10);
    expect(limit.take('a', 7)).toBe(0);
    expect(limit.take('a', 5)).toBe(2);
    expect(limit.take('a', 3)).toBe(0);
    expect(limit.take('a', 100)).toBe(10);
    clock.nowMs += 10_000;
    expect(limit.take('a', 100)).toBe(0);
    expect(limit.take('a')).toBe(1);
  });

  it("is everybody's own", () => {
    const { limit } = openLimit(1, 1);
    expect([limit.take('a'), limit.take('a'), limit.take('b'), limit.take('b')]).toEqual([0, 1, 0, 1]);
  });

  it('has no end where there is no limit', () => {
    const { limit } = openLimit(0, 1);
    expect(Array.from({ length: 100 }, () => limit.take('a', 50)).every((seconds) => seconds === 0)).toBe(true);
    expect(limit.size).toBe(0);
  });

  it('is forgotten when many others came since', () => {
    const { limit } = openLimit(1, 1);
    limit.take('steady');
    for (let index = 0; index < mostBuckets + 500; index++) {
      limit.take(`one-time-${index}`);
      expect(limit.take('steady')).toBe(1);
    }
    expect(limit.size).toBe(mostBuckets);
    expect(limit.take('one-time-0')).toBe(0);
  });
});

describe('Whom a request counts for', () => {
  const jane = { ...everybody, id: 'token:1', name: 'jane' };

  it('is the viewer, wherever he comes from, and the address where everybody is let in', () => {
    expect(originKey({ viewer: jane, address: '10.0.0.1' })).toBe(originKey({ viewer: jane, address: '10.0.0.2' }));
    expect(originKey({ viewer: everybody, address: '10.0.0.1' })).not.toBe(originKey({ viewer: everybody, address: '10.0.0.2' }));
    expect(originKey({ viewer: everybody, address: undefined })).toBe('address:');
  });

  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8::1', '2001:db8:0:0:5::', true],
    ['::1', '::2', true],
    ['fe80::1', 'fe80::2', true],
    ['10.0.0.1', '10.0.0.2', false],
  ])('%s and %s: the same is %s', (one, other, isSame) => {
    expect(addressKey(one) === addressKey(other)).toBe(isSame);
  });
});

describe('Wrong credentials', () => {
  it('of one address are looked at ever more seldom, but for what asks nobody; those of others as before', () => {
    const clock = { nowMs: 0 };
    const asksStore = () => false;
    const guesses = new GuessLimit(() => clock.nowMs);
    for (let count = 0; count < 20; count++) {
      guesses.requireFew('10.0.0.1', asksStore);
      guesses.countFailure('10.0.0.1');
    }
    const limited = expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 1 } });
    expect(() => guesses.requireFew('10.0.0.1', asksStore)).toThrow(limited);
    guesses.requireFew('10.0.0.1', () => true);
    guesses.requireFew('10.0.0.2', asksStore);
    clock.nowMs += 1000;
    guesses.requireFew('10.0.0.1', asksStore);
    guesses.countFailure('10.0.0.1');
    expect(() => guesses.requireFew('10.0.0.1', asksStore)).toThrow(limited);
  });

  it('are answered with 429 over HTTP and by a close over a WebSocket, whoever sends them, until it is time again', async () => {
    const store = openMemoryStore({ log: silentLog });
    const jane = { ...everybody, id: 'token:1', name: 'jane' };
    let looks = 0;
    const authenticator: Authenticator = {
      ...openToEverybody,
      isOpen: false,
      asksNobody: (credential) => credential === 'right',
      authenticate(credential) {
        looks++;
        if (credential === 'right') return jane;
        throw new GatewayError('UNAUTHENTICATED', 'Nobody has this credential');
      },
    };
    const gateway = await startGateway({ store, schema, authenticator });
    const post = (token: string) => gateway.post({ query: '{ revision }' }, { authorization: `Bearer ${token}` });
    expect((await post('right')).status).toBe(200);
    const statuses: number[] = [];
    for (let count = 0; count < 200; count++) statuses.push((await post(`wrong${count}`)).status);
    expect(statuses.slice(0, 20).every((status) => status === 401)).toBe(true);
    // A slow machine may have time for some more.
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(100);
    expect(looks).toBeLessThan(100);
    expect((await post('right')).status).toBe(200);
    expect((await gateway.post({ query: '{ revision }' })).status).toBe(401);
    await gateway.stop();
    await store.close();
  });
});

describe('Whoever asks more often than he may', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function open(requestBurst: number) {
    const store = openMemoryStore({ log: silentLog });
    // None comes back while a test runs.
    const gateway = await startGateway({ store, schema, limits: { requestsPerSecond: 1e-6, requestBurst } });
    closing.push(
      () => store.close(),
      () => gateway.stop(),
    );
    return gateway;
  }
  const query = '{ revision }';
  const limited = { extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } };

  it('is told when to come again, and may still ask how the gateway is', async () => {
    const gateway = await open(2);
    expect((await gateway.post({ query })).status).toBe(200);
    expect((await fetch(`${gateway.url}?query={revision}`)).status).toBe(200);
    for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream']) {
      const response = await gateway.post({ query }, { accept });
      expect(response.status).toBe(429);
      const { errors } = await response.json();
      expect(errors).toMatchObject([limited]);
      expect(response.headers.get('retry-after')).toBe(String(errors[0].extensions.retryAfterSeconds));
    }
    for (const path of ['/health', '/ready']) expect((await fetch(gateway.origin + path)).status).toBe(200);
    expect((await fetch(gateway.url, { headers: { accept: 'text/html' } })).status).toBe(200);
  });

  it('has each operation of a batch counted, and none of them done when they are too many', async () => {
    const gateway = await open(4);
    expect((await gateway.post([{ query }, { query }, { query }])).status).toBe(200);
    const response = await gateway.post([{ query }, { query }]);
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ errors: [limited] });
  });

  it('has each operation over a WebSocket counted, and the error as its answer', async () => {
    const gateway = await open(2);
    const client = await openSocketClient(gateway.url);
    expect((await client.ask(query)).errors).toBeUndefined();
    expect((await client.ask(query)).errors).toBeUndefined();
    expect((await client.ask(query)).errors).toMatchObject([limited]);
    expect((await client.ask('subscription { guestChanged { type } }')).errors).toMatchObject([limited]);
    client.cut();
    expect((await gateway.post({ query })).status).toBe(429);
  });
});
