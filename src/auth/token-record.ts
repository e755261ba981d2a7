import { z } from 'zod';
import type { Key } from '../store/range.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { idOfHash } from './token.ts';
import { roles, type Viewer } from './viewer.ts';

/** What lies under `gateway/tokens/<id>`: all of a token but itself. */
export interface TokenRecord {
  /** SHA-256 of the token, in hexadecimal digits. Its first 16 are the id. */
  readonly hash: string;
  readonly name: string;
  readonly role: Viewer['role'];
  readonly hypervisorId: string | null;
  readonly createdAt: Date;
  /** Null: never. */
  readonly expiresAt: Date | null;
}

/** A record that can't be read lets nobody in. */
export class TokenRecordError extends Error {
  override readonly name = 'TokenRecordError';
}

const moment = z.iso.datetime().transform((text) => new Date(text));
const schema = z
  .object({
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    name: z.string(),
    role: z.enum(roles),
    hypervisorId: z.nullable(z.string().refine((text) => canonicalUuid(text) === text)),
    createdAt: moment,
    expiresAt: z.nullable(moment),
  })
  .refine(({ role, hypervisorId }) => (role === 'agent') === (hypervisorId !== null), { path: ['hypervisorId'] });

export function encodeTokenRecord(record: TokenRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** `key` ends with the id. Unknown members are left alone. */
export function decodeTokenRecord({ key, value }: { readonly key: Key; readonly value: Buffer }): TokenRecord {
  const parsed = schema.safeParse(parseJson(value));
  if (!parsed.success) {
    const members = parsed.error.issues.map(({ path }) => path.join('.') || 'record');
    throw new TokenRecordError(`The record ${key} is no token's: ${[...new Set(members)].join(', ')}`);
  }
  // Under another key it would not be found by its token, and revoking it would remove another one.
  if (!key.endsWith(`/${idOfHash(parsed.data.hash)}`)) throw new TokenRecordError(`The record ${key} is of another token`);
  return parsed.data;
}

function parseJson(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return null;
  }
}
