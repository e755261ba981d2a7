import { decodeText, parseJsonObject } from './record-error.ts';
import { RecordReader } from './record-reader.ts';

export { decodeText, RecordError } from './record-error.ts';
export type { RecordReader, TextFormat } from './record-reader.ts';
export {
  encodeRecord,
  encodeRecords,
  encodeStringMap,
  type JsonText,
  type RecordFields,
  rewriteRecord,
} from './rewrite-record.ts';

/** Reads a stored value that must be a JSON object. */
export function readRecord(value: Buffer): RecordReader {
  const text = decodeText(value);
  let allPlain: boolean | undefined;
  const numbersArePlain = () => {
    allPlain ??= !fractionOrExponent.test(text);
    return allPlain;
  };
  return new RecordReader({ object: parseJsonObject(text), text: () => text, path: '', numbersArePlain });
}

/** In a member that is a number: it follows a quote and a colon. (A colon alone would also be found in most MAC addresses.) */
const fractionOrExponent = /"\s*:\s*-?\d+[.eE]/;
