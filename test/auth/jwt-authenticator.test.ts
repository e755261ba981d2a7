import { createHmac, generateKeyPairSync } from 'node:crypto';
import { base64url, UnsecuredJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { clockToleranceSeconds, type JwtOptions, openJwtAuthenticator } from '../../src/auth/jwt-authenticator.ts';
import { cooldownMs, refreshMs } from '../../src/auth/key-server.ts';
import { verifiedForMs } from '../../src/auth/verified-cache.ts';
import { silentLog } from '../../src/log.ts';
import { hypervisorId, outcomeOf } from './credential.ts';
import { audience, issuer, type KeyServer, newSigner, type Signer, sign, startKeyServer } from './jwt-keys.ts';

let first: Signer;
let second: Signer;
let clock = new Date();
const seconds = () => Math.floor(clock.getTime() / 1000);

beforeAll(async () => {
  [first, second] = await Promise.all([newSigner('RS256', 'one'), newSigner('ES256', 'two')]);
});
beforeEach(() => {
  clock = new Date();
});

function pass(ms: number): void {
  clock = new Date(clock.getTime() + ms);
}

function open(options: Partial<JwtOptions> = {}) {
  const usual = { issuer, audience, keys: { text: first.pem }, roleClaim: 'role', roleMap: [], hypervisorClaim: 'hypervisor' };
  return openJwtAuthenticator({ ...usual, ...options }, { log: silentLog, now: () => clock });
}

async function serve(...signers: readonly Signer[]): Promise<KeyServer> {
  const server = await startKeyServer(signers.map(({ jwk }) => jwk));
  onTestFinished(() => server.close());
  return server;
}

describe('a JWT', () => {
  it('says who somebody is, what he may do, and until when', async () => {
    const exp = seconds() + 60;
    expect(await outcomeOf(open(), await sign(first, { exp }))).toEqual({
      id: `jwt:${issuer}:joe`,
      name: 'joe',
      role: 'operator',
      hypervisorId: null,
      expiresAt: new Date((exp + clockToleranceSeconds) * 1000),
    });
  });

  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'other' }],
    ['no audience', { aud: undefined }],
    ['an end long past', { exp: 1 }],
    ['no end', { exp: undefined }],
    ['an end that is no time', { exp: 1e300 }],
    ['an end that is no number', { exp: 'never' }],
    ['a beginning to come', { nbf: Math.floor(Date.now() / 1000) + 3600 }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject without end', { sub: 'x'.repeat(256) }],
    ['no role', { role: undefined }],
    ['an unknown role', { role: 'root' }],
    ['a role of the language', { role: '__proto__' }],
    ['a role that is no text', { role: { admin: true } }],
    ['a role in other letters', { role: 'Admin' }],
    ['a role in a list of lists', { role: [['admin']] }],
    ['a list of issuers', { iss: [issuer] }],
    ['an audience in other letters', { aud: [audience.toUpperCase()] }],
    ['a subject that is no text', { sub: ['joe'] }],
    ['no hypervisor for an agent', { role: 'agent' }],
    ['an odd hypervisor for an agent', { role: 'agent', hypervisor: 'hv1' }],
  ])('with %s is refused', async (_, claims) => {
    expect(await outcomeOf(open(), await sign(first, claims))).toBe('UNAUTHENTICATED');
  });

  it('is taken a few seconds early and late, as clocks differ', async () => {
    const nearly = await sign(first, { exp: seconds() - 3, nbf: seconds() - 10 });
    const early = await sign(first, { nbf: seconds() + 3 });
    const authenticator = open();
    for (const token of [nearly, early]) expect(await outcomeOf(authenticator, token)).toMatchObject({ name: 'joe' });
    const late = await sign(first, { exp: seconds() - clockToleranceSeconds - 2 });
    expect(await outcomeOf(authenticator, late)).toBe('UNAUTHENTICATED');
  });

  it('of an agent names its hypervisor, in any spelling', async () => {
    const authenticator = open({ hypervisorClaim: 'machine.id' });
    const token = await sign(first, { role: 'agent', machine: { id: hypervisorId.toUpperCase() } });
    expect(await outcomeOf(authenticator, token)).toMatchObject({ role: 'agent', hypervisorId });
    // Of all others it does not count.
    expect(await outcomeOf(authenticator, await sign(first, { machine: { id: hypervisorId } }))).toMatchObject({
      role: 'operator',
      hypervisorId: null,
    });
  });

  it('gives the highest role that it names, by the mapping', async () => {
    const roleMap = [
      { value: 'staff', role: 'viewer' },
      { value: 'ops', role: 'admin' },
      { value: 'desk', role: 'operator' },
    ] as const;
    const authenticator = open({ roleClaim: 'realm_access.roles', roleMap });
    const roleOf = async (roles: unknown) => outcomeOf(authenticator, await sign(first, { realm_access: { roles } }));
    expect(await roleOf(['desk', 'ops', 'staff', 7, null])).toMatchObject({ role: 'admin' });
    expect(await roleOf(['x', 'staff'])).toMatchObject({ role: 'viewer' });
    expect(await roleOf('desk')).toMatchObject({ role: 'operator' });
    // Where there is a mapping, it alone counts.
    for (const roles of [['admin'], [], 'admin', { 0: 'ops' }]) expect(await roleOf(roles)).toBe('UNAUTHENTICATED');
  });

  it('is refused when it is signed otherwise', async () => {
    const authenticator = open();
    const good = await sign(first);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const claims = { iss: issuer, aud: audience, sub: 'joe', role: 'admin', exp: seconds() + 60 };
    const hmac = (alg: string, secret: string) => {
      const signed = `${base64url.encode(JSON.stringify({ alg, kid: first.kid }))}.${base64url.encode(JSON.stringify(claims))}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    };
    const stranger = await newSigner('RS256', 'one');
    const forged = [
      // "none", in all spellings.
      new UnsecuredJWT(claims).encode(),
      `${base64url.encode('{"alg":"none"}')}.${payload}.${signature}`,
      `${base64url.encode('{"alg":"nOnE"}')}.${payload}.AA`,
      // The public key taken for a shared secret.
      hmac('HS256', first.pem),
      hmac('HS256', first.pem.trim()),
      hmac('RS256', first.pem),
      // Another claim under the same signature, and the other way round.
      `${header}.${base64url.encode(JSON.stringify(claims))}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -8)}AAAAAAAA`,
      // Another key of the same name, and one of another kind.
      await sign(stranger),
      await sign(second, {}, { kid: 'one' }),
      // A key, or the address of one, that comes with the token itself.
      await sign(stranger, {}, { jwk: stranger.jwk }),
      await sign(stranger, {}, { kid: undefined, jwk: stranger.jwk, jku: 'http://127.0.0.1:1/keys' }),
      // A header that asks for what nobody understands.
      await sign(first, {}, { crit: ['x'], x: 1 }).catch(() => 'a.b.c'),
      `${base64url.encode(JSON.stringify({ alg: 'RS256', kid: 'one', b64: false, crit: ['b64'] }))}.${payload}.${signature}`,
      `${header}.${payload}`,
      `${good}.x`,
      'a.b.c',
      `${header}..${signature}`,
    ];
    for (const token of forged) expect([token, await outcomeOf(authenticator, token)]).toEqual([token, 'UNAUTHENTICATED']);
    expect(await outcomeOf(authenticator, good)).toMatchObject({ role: 'operator' });
  });

  it('ends its streams when it ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const authenticator = open();
    const viewer = await authenticator.authenticate(await sign(first, { exp: seconds() + 1 }));
    const ends: string[] = [];
    authenticator.onEnd(viewer, (end) => ends.push(end));
    authenticator.onEnd(viewer, (end) => ends.push(end))();
    pass(10_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ends).toEqual(['EXPIRED']);
  });
});

describe('keys of a file', () => {
  it.each(['RS256', 'PS384', 'ES256', 'ES512', 'EdDSA'])('can be PEM, a JWK or a JWKS: %s', async (alg) => {
    const signer = await newSigner(alg, 'k');
    const texts = [signer.pem, JSON.stringify(signer.jwk), JSON.stringify({ keys: [first.jwk, signer.jwk] })];
    for (const text of texts) {
      expect(await outcomeOf(open({ keys: { text } }), await sign(signer))).toMatchObject({ role: 'operator' });
    }
  });

  const privatePem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  it.each([
    ['a private key', privatePem, 'holds a private key'],
    ['a shared secret', '{"kty":"oct","k":"c2VjcmV0"}', 'a secret or a private key'],
    ['a JWKS with a shared secret', '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}', 'a secret or a private key'],
    ['a private JWK', '{"kty":"OKP","crv":"Ed25519","x":"AA","d":"c2VjcmV0"}', 'a secret or a private key'],
    ['an empty JWKS', '{"keys":[]}', 'empty JWKS'],
    ['no JWK', '{"a":1}', 'no JWK or JWKS'],
    ['a broken JWK', '{"kty":"RSA","n":"AA"}', 'no public key'],
    ['no JSON', '{c2VjcmV0', 'is no JSON'],
    ['no PEM', '-----BEGIN PUBLIC KEY-----\nc2VjcmV0\n-----END PUBLIC KEY-----\n', 'no public key (PEM)'],
  ])('that holds %s is refused at the start, and not quoted', (_, text, message) => {
    expect(() => open({ keys: { text } })).toThrow(message);
    expect(() => open({ keys: { text } })).not.toThrow('c2VjcmV0');
  });
});

describe('keys of a server', () => {
  it('are fetched once, and a JWT is checked once', async () => {
    const server = await serve(first, second);
    const authenticator = open({ keys: { jwksUrl: server.url } });
    const tokens = [await sign(first), await sign(second)];
    const viewers = await Promise.all([...tokens, ...tokens].map((token) => outcomeOf(authenticator, token)));
    expect(viewers).toEqual(Array(4).fill(expect.objectContaining({ role: 'operator' })));
    expect(server.requestCount).toBe(1);
    // Known by its hash: at once.
    expect(authenticator.authenticate(tokens[0] ?? '')).toMatchObject({ role: 'operator' });
  });

  it('change: a new one is fetched when a JWT names it, though not each time, and an old one ends', async () => {
    const server = await serve(first);
    const authenticator = open({ keys: { jwksUrl: server.url } });
    const old = await sign(first);
    expect(await outcomeOf(authenticator, old)).toMatchObject({ role: 'operator' });
    server.serve([second.jwk]);
    // Too soon after the last look.
    expect(await outcomeOf(authenticator, await sign(second))).toBe('UNAUTHENTICATED');
    expect(server.requestCount).toBe(1);
    pass(cooldownMs);
    expect(await outcomeOf(authenticator, await sign(second))).toMatchObject({ role: 'operator' });
    expect(await outcomeOf(authenticator, await sign(first, { sub: 'jane' }))).toBe('UNAUTHENTICATED');
    expect(server.requestCount).toBe(2);
    // What was found good before is for a while.
    expect(await outcomeOf(authenticator, old)).toMatchObject({ role: 'operator' });
    pass(verifiedForMs + 1);
    expect(await outcomeOf(authenticator, old)).toBe('UNAUTHENTICATED');
  });

  it('that are withdrawn are not used any more, though no JWT names another one', async () => {
    const server = await serve(first, second);
    const authenticator = open({ keys: { jwksUrl: server.url } });
    expect(await outcomeOf(authenticator, await sign(first))).toMatchObject({ role: 'operator' });
    server.serve([second.jwk]);
    pass(refreshMs);
    expect(await outcomeOf(authenticator, await sign(first, { sub: 'jane' }))).toBe('UNAUTHENTICATED');
    expect(server.requestCount).toBe(2);
  });

  it('go on while it is away, and nobody can be known before it was there', async () => {
    const server = await serve(first);
    server.serve(null);
    const authenticator = open({ keys: { jwksUrl: server.url } });
    expect(await outcomeOf(authenticator, await sign(first))).toBe('STORE_UNAVAILABLE');
    expect(await outcomeOf(authenticator, await sign(first))).toBe('STORE_UNAVAILABLE');
    expect(server.requestCount).toBe(1);
    server.serve([first.jwk]);
    pass(cooldownMs);
    expect(await outcomeOf(authenticator, await sign(first))).toMatchObject({ role: 'operator' });
    server.serve(null);
    pass(refreshMs);
    expect(await outcomeOf(authenticator, await sign(first, { sub: 'jane' }))).toMatchObject({ name: 'jane' });
    // One that it may have by now.
    pass(cooldownMs);
    expect(await outcomeOf(authenticator, await sign(second))).toBe('STORE_UNAVAILABLE');
  });

  it('are asked for once in a while, however many names of keys are made up', async () => {
    const server = await serve(first);
    const authenticator = open({ keys: { jwksUrl: server.url } });
    const madeUp = () =>
      Promise.all(
        Array.from({ length: 50 }, async (_, at) => outcomeOf(authenticator, await sign(second, {}, { kid: `${at}` }))),
      );
    expect(new Set(await madeUp())).toEqual(new Set(['UNAUTHENTICATED']));
    expect(server.requestCount).toBe(1);
    pass(cooldownMs);
    expect(new Set(await madeUp())).toEqual(new Set(['UNAUTHENTICATED']));
    expect(server.requestCount).toBe(2);
    expect(await outcomeOf(authenticator, await sign(first))).toMatchObject({ role: 'operator' });
    expect(server.requestCount).toBe(2);
  });

  it('are not asked for by what is no JWT of this issuer', async () => {
    const server = await serve(first);
    const authenticator = open({ keys: { jwksUrl: server.url } });
    const tokens = [await sign(first, { iss: 'x' }), 'a.b.c', new UnsecuredJWT({ iss: issuer }).encode(), 'x'.repeat(9000)];
    for (const token of tokens) expect(await outcomeOf(authenticator, token)).toBe('UNAUTHENTICATED');
    expect(server.requestCount).toBe(0);
  });
});
