import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Authenticator,
  createToken,
  openAuthenticator,
  type Role,
  revokeToken,
  type TokenPlace,
} from '../../src/auth/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { openKeys } from '../../src/store/keys.ts';
import { audience, issuer, newSigner, type Signer, sign } from '../auth/jwt-keys.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';

const keys = openKeys('lochness/');
const metrics = openMetrics({ version: 'test' });
const lines: string[] = [];

let signer: Signer;
let store: ReturnType<typeof openMemoryStore>;
let place: TokenPlace;
let authenticator: Authenticator;
let gateway: Gateway;

beforeEach(async () => {
  lines.length = 0;
  signer = await newSigner('ES256', 'one');
  store = openMemoryStore({ log: silentLog });
  place = { store, keys };
  const jwt = { issuer, audience, keys: { text: signer.pem }, roleClaim: 'role', roleMap: [], hypervisorClaim: 'hypervisor' };
  const now = (): Date => new Date();
  authenticator = openAuthenticator({ credentials: ['token', 'jwt'], jwt }, { store, keys, log: silentLog, now });
  const { observer } = metrics;
  gateway = await startGateway({ store, schema, memory: store.memory, authenticator, observer, logLevel: 'trace' });
  await gateway.services.catalog?.loaded;
});
afterEach(async () => {
  await gateway.stop();
  await authenticator.close();
  await store.close();
});

function newToken(role: Role): Promise<string> {
  return createToken(place, { name: `a ${role}`, role, hypervisorId: null, createdAt: new Date(), expiresAt: null });
}

/** Parts of a secret that would be as bad as the whole. */
function partsOf(secret: string): readonly string[] {
  return [secret, ...secret.split('.').filter((part) => part.length > 20)];
}

describe('A secret that a client sends', () => {
  it('is in no log line, no answer and no metric, whether it is right or wrong', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const right = [await newToken('admin'), await newToken('viewer'), await sign(signer, { exp })];
    const stranger = await newSigner('ES256', 'two');
    const wrong = [
      `lgw_${'swordfish'.repeat(4)}1234567`,
      'lgw_swordfish',
      `${right[0]}x`,
      await sign(stranger, { exp }),
      await sign(signer, { exp: 1 }),
      await sign(signer, { exp, role: 'swordfish' }),
      'eyJhbGciOiJub25lIn0.c3dvcmRmaXNoLXN3b3JkZmlzaC1zd29yZGZpc2g.',
      'swordfish swordfish',
      'swordfish%00',
    ];
    const told: string[] = [];
    for (const secret of [...right, ...wrong]) {
      const headers = { authorization: `Bearer ${secret}` };
      const bodies = [
        '{ "query": "{ revision }" }',
        '{ "query": "{ nothing }" }',
        '{ "query": "mutation { deleteNetwork(id: 1) { revision } }" }',
        '{',
      ];
      for (const body of bodies) {
        const response = await gateway.post(body, headers);
        told.push(JSON.stringify([...response.headers]), await response.text());
      }
      told.push(await (await fetch(`${gateway.origin}/nowhere`, { headers })).text());
      told.push(await (await fetch(`${gateway.url}?query={`, { headers: { ...headers, accept: 'text/event-stream' } })).text());
      const socket = await openRawSocket(gateway.url);
      socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${secret}` } });
      socket.send({ id: secret.slice(0, 30), type: 'unknown' });
      told.push((await socket.closed).reason);
      // Where it does not belong.
      const lost = await openRawSocket(gateway.url, { protocols: ['graphql-transport-ws'], headers });
      lost.send({ type: 'connection_init', payload: secret });
      told.push((await lost.closed).reason);
    }
    told.push(await metrics.text(), JSON.stringify(gateway.logLines));
    expect(gateway.logLines.filter(({ msg }) => msg === 'caller refused').length).toBeGreaterThan(wrong.length);
    expect(gateway.logLines.some(({ viewer }) => viewer === 'a admin')).toBe(true);
    const all = told.join('\n');
    for (const part of [...right, ...wrong].flatMap(partsOf)) expect(all).not.toContain(part);
    expect(all).not.toContain('swordfish');
  });

  it('is not logged where the authenticator fails as nobody thought it would', async () => {
    const failing: Authenticator = {
      ...authenticator,
      authenticate(credential) {
        throw new TypeError(`can't read ${credential}`, { cause: new Error(`of ${credential}`) });
      },
    };
    const broken = await startGateway({ store, schema, authenticator: failing, logLevel: 'trace' });
    const response = await broken.post({ query: '{ revision }' }, { authorization: 'Bearer swordfish' });
    expect([response.status, await response.json()]).toMatchObject([500, { errors: [{ message: 'Unexpected error' }] }]);
    const socket = await openRawSocket(broken.url);
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer swordfish' } });
    expect(await socket.closed).toEqual({ code: 4500, reason: 'Unexpected error' });
    expect(broken.logLines.filter(({ level }) => level >= 40)).toMatchObject([
      {
        msg: 'unexpected error',
        err: { message: 'A credential could not be checked (TypeError)', stack: expect.stringContaining('auth-secret.test.ts') },
      },
      { msg: 'WebSocket message failed' },
    ]);
    expect(JSON.stringify(broken.logLines)).not.toContain('swordfish');
    await broken.stop();
  });
});

describe('A token that is revoked', () => {
  it('ends live streams and closes sockets, whoever revokes it', async () => {
    const token = await newToken('viewer');
    const authorization = `Bearer ${token}`;
    const query = 'subscription { changes { id } }';
    const events = await openEventSource(gateway.url, { query }, { headers: { authorization } });
    const socket = await openSocketClient(gateway.url, { connectionParams: { authorization } });
    await revokeToken(place, token);
    const last = await events.next();
    expect(last).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED', resumeAfter: expect.stringMatching(/^\d+/) } }],
    });
    expect(await events.next()).toBeUndefined();
    expect(await socket.closed).toEqual({ code: 4403, reason: 'The credential was revoked' });
    expect((await gateway.post({ query: '{ revision }' }, { authorization })).status).toBe(401);
  });
});
