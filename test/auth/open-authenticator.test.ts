import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Access, type Authenticator, everybody, openAuthenticator } from '../../src/auth/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import type { Store } from '../../src/store/store.ts';
import { keys, makeToken, outcomeOf } from './credential.ts';
import { audience, issuer, newSigner, type Signer, sign } from './jwt-keys.ts';

let store: Store;
let signer: Signer;
beforeAll(async () => {
  signer = await newSigner('ES256', 'k');
});
beforeEach(() => {
  store = openMemoryStore({ log: silentLog });
});
afterEach(() => store.close());

const now = () => new Date();

function jwt(): NonNullable<Access['jwt']> {
  return { issuer, audience, keys: { text: signer.pem }, roleClaim: 'role', roleMap: [], hypervisorClaim: 'hypervisor' };
}

function open(access: Access, log = silentLog): Authenticator {
  const authenticator = openAuthenticator(access, { store, keys, log, now });
  onTestFinished(() => authenticator.close());
  return authenticator;
}

describe('what shows who somebody is', () => {
  it('is nothing: everybody may do everything, whatever he sends', async () => {
    const authenticator = open({ credentials: [], jwt: null });
    expect(authenticator.isOpen).toBe(true);
    expect(await outcomeOf(authenticator, null)).toBe(everybody);
    expect(await outcomeOf(authenticator, 'x')).toBe(everybody);
  });

  it('is a token or a JWT, told apart by their looks', async () => {
    const authenticator = open({ credentials: ['token', 'jwt'], jwt: jwt() });
    expect(authenticator.isOpen).toBe(false);
    const [token, signed] = [await makeToken(store), await sign(signer)];
    expect(await outcomeOf(authenticator, token)).toMatchObject({ id: expect.stringMatching(/^token:/), role: 'viewer' });
    expect(await outcomeOf(authenticator, signed)).toMatchObject({ id: `jwt:${issuer}:joe`, role: 'operator' });
    for (const credential of [null, 'x', `${token}x`, `lgw_${signed}`]) {
      expect(await outcomeOf(authenticator, credential)).toBe('UNAUTHENTICATED');
    }
  });

  it('is nothing but what was chosen', async () => {
    const [token, signed] = [await makeToken(store), await sign(signer)];
    expect(await outcomeOf(open({ credentials: ['token'], jwt: null }), signed)).toBe('UNAUTHENTICATED');
    expect(await outcomeOf(open({ credentials: ['jwt'], jwt: jwt() }), token)).toBe('UNAUTHENTICATED');
  });

  it('is told by no error and by no log line, which says why it was refused', async () => {
    let lines = '';
    const write = (text: string): void => {
      lines += text;
    };
    const log = pino({ level: 'trace' }, { write });
    const authenticator = open({ credentials: ['token', 'jwt'], jwt: jwt() }, log);
    const token = await makeToken(store);
    const wrong = [
      `${token.slice(0, -2)}AA`,
      token.slice(0, -1),
      await sign(signer, { aud: 'other' }),
      await sign(signer, { exp: 1 }),
    ];
    for (const credential of wrong) {
      const error: unknown = await Promise.resolve()
        .then(() => authenticator.authenticate(credential))
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', message: 'The credential is not valid here, or not any more' });
      const told = `${JSON.stringify(error)}${error instanceof Error ? `${error.stack}${error.cause}` : ''}`;
      for (const part of credential.split('.')) expect(told).not.toContain(part.slice(10, 30));
    }
    const reasons = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).reason);
    expect(reasons).toEqual([
      'There is no such token',
      'It is no API token',
      'unexpected "aud" claim value',
      '"exp" claim timestamp check failed',
    ]);
    for (const credential of wrong) for (const part of credential.split('.')) expect(lines).not.toContain(part.slice(10, 30));
  });
});
