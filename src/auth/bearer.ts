import { refusedCredential } from './refusal.ts';

/** Longer ones belong to nobody. A JWT with many claims has some thousand characters. */
export const longestCredential = 8192;

const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** The credential of an `Authorization` header; null: there is no header. Fails with UNAUTHENTICATED on one of another kind. */
export function bearerCredential(header: string | undefined): string | null {
  if (header === undefined) return null;
  const credential = header.length > longestCredential + 100 ? undefined : bearer.exec(header)?.[1];
  if (credential === undefined) throw refusedCredential('The Authorization header is no "Bearer <token>"');
  return credential;
}
