import { foldName, jsonMembers, memberSources } from './json-member.ts';
import { decodeText, parseJsonObject } from './record-error.ts';

/** The fields of a record by their names in it, in the order in which Go writes them. Undefined: left as it is, or left out. */
export interface RecordFields {
  readonly [name: string]: FieldValue | undefined;
}

/** Null is written as Go's absent text, "". */
export type FieldValue = string | number | bigint | null | JsonText | RecordFields;

/** A value that is JSON already. */
export class JsonText {
  readonly json: string;
  constructor(json: string) {
    this.json = json;
  }
}

/** A map of texts as Go writes it: in the order of its keys' bytes. Unlike an object's own order, that holds for keys such as "10" too. */
export function encodeStringMap(map: Readonly<Record<string, string>>): JsonText {
  const entries = Object.entries(map).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return new JsonText(`{${entries.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join()}}`);
}

export function encodeRecords(records: readonly (RecordFields | JsonText)[]): JsonText {
  return new JsonText(`[${records.map(encodeValue).join()}]`);
}

export function encodeRecord(fields: RecordFields): Buffer {
  return Buffer.from(encodeFields(fields));
}

/**
 * A stored record with some of its fields changed. All else stays byte for byte as it was: fields that the gateway does not know,
 * numbers that a double can't hold, order, escapes and white space. A changed field that was there in another case or several times
 * is there once, under its exact name; one that was not there comes last. A record in the record is changed the same way.
 */
export function rewriteRecord(stored: Buffer, changes: RecordFields): Buffer {
  const text = decodeText(stored);
  parseJsonObject(text);
  return Buffer.from(rewriteObject(text, changes));
}

function rewriteObject(text: string, changes: RecordFields): string {
  const members = jsonMembers(text);
  // Of several members of one name the last one counts, as in reading.
  const current = memberSources(text, foldName);
  const pending = new Map<string, string>();
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined) pending.set(foldName(name), encodeMember(name, rewriteValue(current.get(foldName(name)), value)));
  }
  const written = new Set<string>();
  let rewritten = '';
  let copied = 0;
  let previousEnd = text.indexOf('{') + 1;
  for (const { name, start, end } of members) {
    const folded = foldName(name);
    const replacement = pending.get(folded);
    if (replacement !== undefined) {
      // A repeated one goes with the comma before it: there is one, since the member that was kept is before it.
      rewritten += written.has(folded) ? text.slice(copied, previousEnd) : text.slice(copied, start) + replacement;
      written.add(folded);
      copied = end;
    }
    previousEnd = end;
  }
  const added = [...pending].filter(([folded]) => !written.has(folded)).map(([, member]) => member);
  const comma = added.length > 0 && members.length > 0 ? ',' : '';
  return rewritten + text.slice(copied, previousEnd) + comma + added.join() + text.slice(previousEnd);
}

function rewriteValue(stored: string | undefined, value: FieldValue): string {
  return isRecord(value) && stored?.startsWith('{') ? rewriteObject(stored, value) : encodeValue(value);
}

function encodeFields(fields: RecordFields): string {
  const members: string[] = [];
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) members.push(encodeMember(name, encodeValue(value)));
  return `{${members.join()}}`;
}

function encodeMember(name: string, json: string): string {
  return `${JSON.stringify(name)}:${json}`;
}

function encodeValue(value: FieldValue): string {
  if (value instanceof JsonText) return value.json;
  if (isRecord(value)) return encodeFields(value);
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value ?? '');
}

function isRecord(value: FieldValue): value is RecordFields {
  return typeof value === 'object' && value !== null && !(value instanceof JsonText);
}
