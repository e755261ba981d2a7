import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { type CryptoKey, createLocalJWKSet, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { messageOf } from '../errors.ts';

/** Finds the key that a JWT says it is signed with. */
export type KeyFinder = (
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
) => Promise<CryptoKey | KeyObject> | CryptoKey | KeyObject;

/**
 * The keys in the text of a file: a public key or a certificate (PEM), a JWK, or a JWKS. Fails with a message that goes on after the
 * name of the file.
 */
export function keysOfText(text: string): KeyFinder {
  if (text.trimStart().startsWith('{')) return createLocalJWKSet(publicKeySet(parseJson(text)));
  // Node would take a private key for its public half; whoever gives it to the gateway is mistaken about who needs it.
  if (text.includes('PRIVATE KEY')) throw new Error('holds a private key: give the public one');
  const key = publicKeyOf(text);
  return () => key;
}

function publicKeyOf(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new Error(`holds no public key (PEM), JWK or JWKS: ${messageOf(cause)}`, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Its message would quote the file.
    throw new Error('begins with "{" but is no JSON', { cause });
  }
}

/** Fails where a key is not there to be known by everybody: a shared secret, or a private key. */
function publicKeySet(value: unknown): JSONWebKeySet {
  const keys: readonly unknown[] = isRecord(value) && Array.isArray(value.keys) ? value.keys : [value];
  if (keys.length === 0) throw new Error('holds an empty JWKS');
  return {
    keys: keys.map((key) => {
      if (!isRecord(key) || typeof key.kty !== 'string') throw new Error('holds no JWK or JWKS');
      if (key.kty === 'oct' || 'd' in key || 'k' in key) {
        throw new Error('holds a secret or a private key: give public ones alone');
      }
      return { ...key, ...usablePart(key), kty: key.kty };
    }),
  };
}

function usablePart(key: Record<string, unknown>): JsonWebKey {
  try {
    return createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' });
  } catch (cause) {
    // Its message may quote the file.
    throw new Error('holds a JWK that is no public key', { cause });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
