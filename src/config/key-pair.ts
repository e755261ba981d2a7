import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Given } from './given.ts';
import type { OptionName } from './option.ts';
import { pemFile } from './value.ts';

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

/** Two options that name files. */
export interface KeyPairOptions {
  readonly cert: OptionName;
  readonly key: OptionName;
}

/** What is wrong with either file by itself, such as that it is not there, is told by its value. */
export function checkKeyPair(given: Given, options: KeyPairOptions): string[] {
  const cert = pemText(given.text(options.cert), 'CERTIFICATE');
  const key = pemText(given.text(options.key), 'PRIVATE KEY');
  if (cert === null || key === null) return [];
  const problem = keyPairProblem({ cert, key });
  if (problem === null) return [];
  const { part, reason } = problem;
  if (part === 'pair') return [`${given.label(options.key)}: it is not the key of ${given.label(options.cert)} (${reason})`];
  return [`${given.label(options[part])}: what is in the file can't be used (${reason})`];
}

/** Of an option that names a file with certificates of authorities. */
export function checkAuthorities(given: Given, option: OptionName): string[] {
  const ca = pemText(given.text(option), 'CERTIFICATE');
  const reason = ca === null ? null : refusalOf({ ca });
  return reason === null ? [] : [`${given.label(option)}: what is in the file can't be used (${reason})`];
}

function pemText(path: string | undefined, label: 'CERTIFICATE' | 'PRIVATE KEY'): string | null {
  return pemFile(label).safeParse(path).data ?? null;
}

function refusalOf(options: SecureContextOptions): string | null {
  try {
    createSecureContext(options);
    return null;
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : String(error);
  }
}
