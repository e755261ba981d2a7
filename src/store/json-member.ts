/** A member of a JSON object, or an element of an array, in the object's text. */
export interface JsonMember {
  /** For an element of an array: "". */
  readonly name: string;
  /** Where the name begins, with its quote. For an element: where its value begins. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/**
 * The members of an object or the elements of an array, in document order: repeated names, exact numbers and spelling, all that
 * JSON.parse loses. `text` must be an object or an array that JSON.parse accepts; so nothing needs to be checked here, and strings
 * and brackets are all that must be told apart.
 */
export function jsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  const open = skipSpace(text, 0);
  const isObject = text[open] === '{';
  let at = skipSpace(text, open + 1);
  while (at < text.length && text[at] !== '}' && text[at] !== ']') {
    const start = at;
    let name = '';
    if (isObject) {
      const nameEnd = stringEnd(text, start);
      // Always a string: the text between two quotes.
      name = JSON.parse(text.slice(start, nameEnd)) as string;
      at = skipSpace(text, skipSpace(text, nameEnd) + ':'.length);
    }
    const valueStart = at;
    const end = valueEnd(text, valueStart);
    members.push({ name, start, valueStart, end });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

function valueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at);
    else {
      if (character === '{' || character === '[') depth++;
      if (character === '}' || character === ']') depth--;
      at++;
    }
  } while (at < text.length && (depth > 0 || !isBoundary(text[at])));
  return at;
}

/** What ends a number or a word; it also follows each string and closing bracket. */
function isBoundary(character: string | undefined): boolean {
  return character === ',' || character === '}' || character === ']' || isSpace(character);
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text[at])) at++;
  return at;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r';
}

/** The value of each member as written, by what `keyOf` makes of its name; of several the last one, as JSON.parse and Go have it. */
export function memberSources(text: string, keyOf: (name: string) => string): ReadonlyMap<string, string> {
  return new Map(jsonMembers(text).map(({ name, valueStart, end }) => [keyOf(name), text.slice(valueStart, end)]));
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What Go's encoding/json compares names by: it takes `IP` and `Ip` for `ip`, U+017F for s and the Kelvin sign for k. */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll('\u017f', 's');
}
