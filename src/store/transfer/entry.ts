import { isUtf8 } from 'node:buffer';
import { messageOf } from '../../errors.ts';
import { type Key, keyFromText } from '../range.ts';

/** One key of a file: a line such as `{"key":"lochness/config/a","value":"b","lease":false}`. */
export interface Entry {
  readonly key: Key;
  readonly value: Buffer;
  /** Whether it is to live under a lease, as heartbeats do. */
  readonly isLeased: boolean;
}

/** What is wrong with one line, in words for a person; the caller adds which line. */
export class LineError extends Error {
  override readonly name = 'LineError';
}

/** One line, with its newline. A key or value that is no UTF-8 is written in base64. */
export function encodeLine({ key, value, isLeased }: Entry): string {
  const keyBytes = Buffer.from(key, 'latin1');
  return `${JSON.stringify({
    ...(isUtf8(keyBytes) ? { key: keyBytes.toString('utf8') } : { keyBase64: keyBytes.toString('base64') }),
    ...(isUtf8(value) ? { value: value.toString('utf8') } : { valueBase64: value.toString('base64') }),
    lease: isLeased,
  })}\n`;
}

const fieldNames: ReadonlySet<string> = new Set(['key', 'keyBase64', 'value', 'valueBase64', 'lease']);

/** Reads a line without its newline; throws a LineError. Strict, since a field that is misspelled would be lost silently. */
export function decodeLine(line: Buffer): Entry {
  const fields = parseObject(line);
  const unknown = [...fields.keys()].find((name) => !fieldNames.has(name));
  if (unknown !== undefined)
    throw new LineError(`it has a field ${JSON.stringify(unknown)}; known are ${[...fieldNames].join(', ')}`);
  const lease = fields.get('lease') ?? false;
  if (typeof lease !== 'boolean') throw new LineError('its "lease" is neither true nor false');
  const key = bytesOf(fields, 'key').toString('latin1');
  if (key === '') throw new LineError('its key is empty');
  return { key, value: bytesOf(fields, 'value'), isLeased: lease };
}

function parseObject(line: Buffer): ReadonlyMap<string, unknown> {
  if (!isUtf8(line)) throw new LineError('it is not UTF-8');
  const text = line.toString('utf8');
  if (text.trim() === '') throw new LineError('it is empty');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new LineError(`it is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new LineError('it is no JSON object');
  return new Map(Object.entries(parsed));
}

function bytesOf(fields: ReadonlyMap<string, unknown>, name: 'key' | 'value'): Buffer {
  const text = fields.get(name);
  const base64 = fields.get(`${name}Base64`);
  if (text !== undefined && base64 !== undefined) throw new LineError(`it has both "${name}" and "${name}Base64"`);
  if (text === undefined && base64 === undefined) throw new LineError(`it has no "${name}"`);
  if (base64 !== undefined) return fromBase64(base64, name);
  if (typeof text !== 'string') throw new LineError(`its "${name}" is no text`);
  // Half of a surrogate pair can be written in JSON as an escape, but not in UTF-8: it would be stored as something else.
  if (/\p{Surrogate}/u.test(text)) throw new LineError(`its "${name}" is no Unicode text`);
  return name === 'key' ? Buffer.from(keyFromText(text), 'latin1') : Buffer.from(text, 'utf8');
}

function fromBase64(text: unknown, name: 'key' | 'value'): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : null;
  // Node skips what is no base64; only what it would write itself is taken.
  if (bytes === null || bytes.toString('base64') !== text) throw new LineError(`its "${name}Base64" is no base64`);
  return bytes;
}
