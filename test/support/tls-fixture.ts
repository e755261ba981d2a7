import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Files of test/fixtures/tls, which says what they are. */
export function tlsPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
}

export const tlsText = (name: string): string => readFileSync(tlsPath(name), 'utf8');

/** Whoever vouches for any certificate of the fixtures. */
export const tlsAuthorities = [tlsText('ca.pem'), tlsText('other-cert.pem')];
