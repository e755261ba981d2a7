import { randomUUID } from 'node:crypto';

/** What can be written as JSON. A bigint is a number like any other there. */
export type JsonValue = string | number | bigint | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export function printJson(value: JsonValue): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(printJson).join(',')}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${printJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Array.isArray does not tell a readonly array. */
function isArray(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}

const longInteger = /\d{16}/;
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs;
/** 2^53 has 16 digits. With more than 39 nothing is counted, and to read them costs time. */
const integer = /^-?[1-9]\d{15,38}$/;

/** Reads JSON as JSON.parse does, but integers beyond 2^53 as bigints: as a double each would be another number. */
export function parseJson(text: string): unknown {
  if (!longInteger.test(text)) return JSON.parse(text);
  // First of all: that the text is JSON is what keeps the tokens simple, and the search for them short. Nothing holds what it was read as.
  JSON.parse(text);
  return parseMarked(text);
}

function parseMarked(text: string): unknown {
  // No string of the JSON begins with it: it is made up anew each time.
  const mark = randomUUID();
  const marked = text.replace(tokens, (token) => (integer.test(token) ? `"${mark}${token}"` : token));
  return JSON.parse(marked, (_name, member: unknown) => {
    const digits = typeof member === 'string' && member.startsWith(mark) ? member.slice(mark.length) : '';
    if (!integer.test(digits)) return member;
    const number = Number(digits);
    return Number.isSafeInteger(number) ? number : BigInt(digits);
  });
}

/** Of each value that JSON has, nested ones included. A thousand guests with all that an agent says of one have some 50,000. */
export const valueLimit = 500_000;

const [comma, bracket, brace] = [...',[{'].map((character) => character.charCodeAt(0));

/** Told without reading it, which takes memory for each value. What stands in texts is counted too. */
export function hasTooManyValues(text: string): boolean {
  if (text.length <= valueLimit) return false;
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code === comma || code === bracket || code === brace) && ++count > valueLimit) return true;
  }
  return false;
}
