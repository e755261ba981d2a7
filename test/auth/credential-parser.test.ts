import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAt } from '../../src/auth/claim.ts';
import { type Authenticator, bearerCredential, openAuthenticator } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import type { Store } from '../../src/store/store.ts';
import { keys, outcomeOf } from './credential.ts';
import { audience, issuer, newSigner, type Signer, sign } from './jwt-keys.ts';

let store: Store;
let authenticator: Authenticator;
let signer: Signer;
beforeAll(async () => {
  store = openMemoryStore({ log: silentLog });
  signer = await newSigner('ES256', 'k');
  const jwt = { issuer, audience, keys: { text: signer.pem }, roleClaim: 'role', roleMap: [], hypervisorClaim: 'hypervisor' };
  const options = { store, keys, log: silentLog, now: () => new Date() };
  authenticator = openAuthenticator({ credentials: ['token', 'jwt'], jwt }, options);
});
afterAll(async () => {
  await authenticator.close();
  await store.close();
});

function refusalOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

describe('an Authorization header', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   a.b-c_d~e+f/g==  ', 'a.b-c_d~e+f/g=='],
    [undefined, null],
  ])('%j holds %j', (header, credential) => {
    expect(bearerCredential(header)).toBe(credential);
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'abc',
    'Basic am9lOmpvZQ==',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer ä',
    'Bearer =',
    'Bearer\tabc',
  ])('%j holds no credential', (header) => {
    expect(refusalOf(() => bearerCredential(header))).toBe('UNAUTHENTICATED');
  });

  it('of any kind gives a credential or is refused, and that soon', () => {
    const piece = fc.constantFrom('Bearer', ' ', 'a', '=', '.', ',', 'lgw_', '\u0000', 'ä', 'A'.repeat(5000));
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(header, (text) => {
        const outcome = refusalOf(() => bearerCredential(text));
        if (outcome === 'UNAUTHENTICATED') return;
        expect(outcome).toMatch(/^[A-Za-z0-9._~+/-]+=*$/);
        expect(text).toContain(outcome);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a credential', () => {
  const part = fc.oneof(
    fc.base64String(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc
      .record({ alg: fc.constantFrom('none', 'HS256', 'ES256', 'RS256', '', null), kid: fc.anything(), crit: fc.anything() })
      .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
    fc
      .record({ iss: fc.constantFrom(issuer, ''), aud: fc.constant(audience), exp: fc.anything(), sub: fc.anything() })
      .map((claims) => Buffer.from(JSON.stringify(claims)).toString('base64url')),
  );
  const credential = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
    fc.base64String({ minLength: 44, maxLength: 44 }).map((text) => `lgw_${text.slice(0, 43)}`),
  );

  it('that is made up is refused, whatever it is, and nothing else fails', async () => {
    await fc.assert(
      fc.asyncProperty(credential, async (text) => {
        expect(await outcomeOf(authenticator, text)).toBe('UNAUTHENTICATED');
      }),
      { numRuns: 500 },
    );
  });

  it('that is good is good no more with one character changed', async () => {
    const good = await sign(signer);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 2), fc.constantFrom('A', 'z', '_', '.', ' '), async (at, letter) => {
        fc.pre(good.charAt(at) !== letter);
        const changed = good.slice(0, at) + letter + good.slice(at + 1);
        expect(await outcomeOf(authenticator, changed)).toBe('UNAUTHENTICATED');
      }),
      { numRuns: 300 },
    );
    expect(await outcomeOf(authenticator, good)).toMatchObject({ role: 'operator' });
  });
});

describe('a claim', () => {
  it.each([
    ['role', { role: 'a' }, 'a'],
    ['realm.role', { realm: { role: 'a' } }, 'a'],
    ['https://x.example/role', { 'https://x.example/role': 'a' }, 'a'],
    ['x.y.z', { 'x.y': { z: 'a' }, x: { y: { z: 'b' } } }, 'a'],
    ['x.y', { x: { z: 'a' } }, undefined],
    ['__proto__', {}, undefined],
    ['constructor.name', {}, undefined],
    ['role.length', { role: 'abc' }, undefined],
    ['.', { '': 1 }, undefined],
  ])('%s of %j is %j', (path, claims, value) => {
    expect(claimAt(claims, path)).toBe(value);
  });
});
