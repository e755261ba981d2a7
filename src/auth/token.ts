import { createHash, randomBytes } from 'node:crypto';

/** Tells an API token from a JWT, and lets scanners of secrets find one in a file. */
export const tokenPrefix = 'lgw_';
const secretBytes = 32;
/** 43 characters for 32 bytes; the last one stands for four bits only, so that each token has one spelling. */
const tokenText = /^lgw_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const idLength = 16;

/** A new token: 256 random bits. */
export function newTokenText(random: (bytes: number) => Buffer = randomBytes): string {
  return tokenPrefix + random(secretBytes).toString('base64url');
}

export function isTokenText(text: string): boolean {
  return tokenText.test(text);
}

/**
 * What is kept of a token. It needs no salt and no slow hash: nobody finds 256 random bits by trying, nor by a table. And finding it
 * needs no comparison in constant time: whoever measures how far hashes agree would have to choose a token by its hash to learn more.
 */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Names a token without telling it: the first 64 bits of its hash. */
export function idOfHash(hash: string): string {
  return hash.slice(0, idLength);
}
