import { isUtf8 } from 'node:buffer';
import { messageOf } from '../errors.ts';
import { isJsonObject, type JsonObject } from './json-member.ts';

/** A record that can't be read; the message says why, in words for a person. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** `path` names the field, `source` is what the record has there, as written. */
export function wrongValue(path: string, source: string, noun: string): RecordError {
  return new RecordError(`${path} is ${excerpt(source)}, which is no ${noun}`);
}

/** The text of a stored value. */
export function decodeText(value: Buffer): string {
  const text = value.toString('utf8');
  // Bytes that are no UTF-8 become U+FFFD, which is seldom there and found faster than they are.
  if (text.includes('\ufffd') && !isUtf8(value)) throw new RecordError('it is not UTF-8');
  return text;
}

/** Checks that a text is a JSON object, and parses it. */
export function parseJsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordError(text.trim() === '' ? 'it is empty' : `it is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (!isJsonObject(value)) throw new RecordError(`it is ${excerpt(text)}, which is no JSON object`);
  return value;
}

const excerptLength = 60;

function excerpt(source: string): string {
  return source.length <= excerptLength ? source : `${source.slice(0, excerptLength)}...`;
}
