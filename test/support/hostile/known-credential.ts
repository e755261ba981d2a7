import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type Authenticator, openAuthenticator, type Role } from '../../../src/auth/index.ts';
import { hashOf, idOfHash, newTokenText } from '../../../src/auth/token.ts';
import { encodeTokenRecord, type TokenRecord } from '../../../src/auth/token-record.ts';
import { silentLog } from '../../../src/log.ts';
import { openKeys } from '../../../src/store/keys.ts';
import type { GatewaySchema } from '../gateway-schema.ts';

const hypervisorId = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';
const issuer = 'https://login.example';
const audience = 'lochness';
const createdAt = new Date('2026-01-01T00:00:00Z');

/** Made of a number, so that the same seed sends the same bytes. */
function tokenOf(number: number): string {
  return newTokenText((length) => Buffer.from(Array.from({ length }, (_, index) => (number * 89 + index * 37) % 256)));
}

/** Of Ed25519, whose signatures are the same each time (RFC 8410, 7: what stands before 32 bytes of a private key). */
function keyOf(number: number): KeyObject {
  const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, number)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

const rightKey = keyOf(1);

function part(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url');
}

function jwtOf(
  claims: object,
  { key = rightKey, header = {} }: { readonly key?: KeyObject; readonly header?: object } = {},
): string {
  const usual = { iss: issuer, aud: audience, sub: 'joe', role: 'operator', exp: 4_102_444_800 };
  const signed = `${part({ alg: 'EdDSA', ...header })}.${part({ ...usual, ...claims })}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

/** Each lets its owner in. Most are an admin's: who may do all goes furthest. */
export const rightCredentials: readonly string[] = [
  ...[tokenOf(1), tokenOf(1), tokenOf(2), tokenOf(3)],
  ...[jwtOf({ role: 'admin' }), jwtOf({}), jwtOf({ role: 'agent', hypervisor: hypervisorId })],
];

const good = jwtOf({});
const [, goodClaims = '', goodSignature = ''] = good.split('.');

/** Each was right once, or nearly is, and lets nobody in. */
export const nearCredentials: readonly string[] = [
  // Expired, and nobody's.
  ...[tokenOf(4), tokenOf(5), tokenOf(6), tokenOf(7)],
  ...[{ exp: 1 }, { exp: 'never' }, { exp: 1e300 }, { nbf: 4_102_444_799 }, { iss: 'https://evil.example' }].map((claims) =>
    jwtOf(claims),
  ),
  ...[{ aud: ['x'] }, { sub: '' }, { sub: {} }, { role: 'root' }, { role: ['__proto__'] }, { role: 'agent' }].map((claims) =>
    jwtOf(claims),
  ),
  jwtOf({ role: 'admin' }, { key: keyOf(2) }),
  ...[{ alg: 'HS256' }, { alg: 'none' }, { alg: 'RS256' }, { crit: ['x'], x: 1 }, { alg: ['EdDSA'] }].map((header) =>
    jwtOf({}, { header }),
  ),
  `${part({ alg: 'none' })}.${goodClaims}.AA`,
  `${part({ alg: 'EdDSA' })}.${part({ role: 'admin' })}.${goodSignature}`,
  `bnVsbA.${goodClaims}.${goodSignature}`,
  `W10.W10.${goodSignature}`,
];

/** Halves of them: one character changed leaves one of two as it was. */
const secretParts: readonly string[] = [...rightCredentials, ...nearCredentials].flatMap((credential) => {
  const secret = credential.startsWith('lgw_') ? credential.slice(4) : (credential.split('.')[2] ?? '');
  const middle = Math.floor(secret.length / 2);
  return middle < 20 ? [] : [secret.slice(0, middle), secret.slice(middle)];
});
const secret = new RegExp([...new Set(secretParts)].join('|'));

/** Whether a text tells of what opens the gateway, or once did. */
export function showsSecret(text: string): boolean {
  return secret.test(text);
}

/** The authenticator that a gateway has which takes tokens and JWTs; the records of the tokens are put into the store. */
export async function openCredentials({ store, putAll }: GatewaySchema, now: () => Date): Promise<Authenticator> {
  const keys = openKeys('lochness/');
  const recordOf = (token: string, role: Role, expiresAt: Date | null = null): [string, string] => {
    const hash = hashOf(token);
    const record: TokenRecord = {
      hash,
      name: `the ${role}`,
      role,
      hypervisorId: role === 'agent' ? hypervisorId : null,
      createdAt,
      expiresAt,
    };
    return [`gateway/tokens/${idOfHash(hash)}`, encodeTokenRecord(record).toString()];
  };
  await putAll(
    Object.fromEntries([
      recordOf(tokenOf(1), 'admin'),
      recordOf(tokenOf(2), 'viewer'),
      recordOf(tokenOf(3), 'agent'),
      recordOf(tokenOf(4), 'admin', createdAt),
    ]),
  );
  const text = createPublicKey(rightKey).export({ format: 'pem', type: 'spki' }).toString();
  const jwt = { issuer, audience, keys: { text }, roleClaim: 'role', roleMap: [], hypervisorClaim: 'hypervisor' };
  return openAuthenticator({ credentials: ['token', 'jwt'], jwt }, { store, keys, log: silentLog, now });
}
