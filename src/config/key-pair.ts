import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Given } from './given.ts';
import type { OptionName } from './option.ts';

/** Texts of PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What keeps a certificate and a key from being used, in OpenSSL's own words for it; null: nothing does. */
export interface KeyPairProblem {
  readonly part: 'cert' | 'key' | 'pair';
  readonly reason: string;
}

export function keyPairProblem({ cert, key }: KeyPair): KeyPairProblem | null {
  const parts = { cert: { cert }, key: { key }, pair: { cert, key } } as const;
  for (const part of ['cert', 'key', 'pair'] as const) {
    const reason = refusalOf(parts[part]);
    if (reason !== null) return { part, reason };
  }
  return null;
}

/** An option that names a file, and what is in it; undefined where it can't be read, which is told by its value. */
interface PemOption {
  readonly option: OptionName;
  readonly text: string | undefined;
}

export function checkKeyPair(given: Given, { cert, key }: { readonly cert: PemOption; readonly key: PemOption }): string[] {
  if (cert.text === undefined || key.text === undefined) return [];
  const problem = keyPairProblem({ cert: cert.text, key: key.text });
  if (problem === null) return [];
  const { part, reason } = problem;
  if (part === 'pair') return [`${given.label(key.option)}: it is not the key of ${given.label(cert.option)} (${reason})`];
  return [`${given.label((part === 'cert' ? cert : key).option)}: what is in the file can't be used (${reason})`];
}

/** Of a file with certificates of authorities. */
export function checkAuthorities(given: Given, { option, text: ca }: PemOption): string[] {
  const reason = ca === undefined ? null : refusalOf({ ca });
  return reason === null ? [] : [`${given.label(option)}: what is in the file can't be used (${reason})`];
}

function refusalOf(options: SecureContextOptions): string | null {
  try {
    createSecureContext(options);
    return null;
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : String(error);
  }
}
