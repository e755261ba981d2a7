import { X509Certificate } from 'node:crypto';
import { type BigIntStats, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type KeyPair, keyPairProblem } from '../../config/index.ts';
import { messageOf } from '../../errors.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  /** The own certificate first, then those between it and the authority. */
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** A certificate and its key, as texts. */
export interface ReadKeyPair extends KeyPair {
  readonly expiresAt: Date;
}

/** Fails with a message for the operator, which says which file is wrong and nothing of what is in it. */
export function readKeyPair({ certificatePath, keyPath }: TlsFiles): ReadKeyPair {
  const pair = { cert: readText(certificatePath), key: readText(keyPath) };
  const problem = keyPairProblem(pair);
  if (problem === null) return { ...pair, expiresAt: new Date(new X509Certificate(pair.cert).validTo) };
  const { part, reason } = problem;
  if (part === 'cert') throw new Error(`${certificatePath} holds no certificate that can be used: ${reason}`);
  if (part === 'key') throw new Error(`${keyPath} holds no private key that can be used: ${reason}`);
  throw new Error(`${keyPath} is not the key of ${certificatePath}: ${reason}`);
}

/** Tells two states of the files apart, also where they were renamed over, or a link on the way leads elsewhere now. */
export async function markOf({ certificatePath, keyPath }: TlsFiles): Promise<string> {
  const marks = await Promise.all([certificatePath, keyPath].map(fileMark));
  return marks.join(' ');
}

async function fileMark(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join('.');
  } catch (error) {
    return messageOf(error);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${path} can't be read: ${error instanceof Error && 'code' in error ? error.code : messageOf(error)}`);
  }
}
