import { foldName, isJsonObject, type JsonObject, jsonMembers, memberSources } from './json-member.ts';
import { RecordError, wrongValue } from './record-error.ts';
import { JsonText } from './rewrite-record.ts';

/** How a text in a record is read: `read` answers null for a text that is no `noun`. */
export interface TextFormat<T> {
  readonly noun: string;
  readonly read: (text: string) => T | null;
}

const noEntries: Readonly<Record<string, string>> = Object.freeze({});

interface RecordReaderOptions {
  readonly object: JsonObject;
  /** What the object was parsed from. */
  readonly text: () => string;
  /** What stands before a field's name in messages. */
  readonly path: string;
  /** Whether the stored value, which the object may be a part of, has no number with a fraction or an exponent. */
  readonly numbersArePlain: () => boolean;
}

/**
 * The fields of a record, read as Go reads them: a name counts whatever its case, and of several the last one; null and absence
 * read as zero; unknown fields disturb nothing.
 *
 * The hard part is to be exact and fast. JSON.parse is fast, but loses how a number was written and which of `ip`, `IP`, `ip` came
 * last. So its result is taken where nothing can have been lost (no name with an upper-case letter; a safe integer in a text
 * without a fraction or an exponent), and the record's own text everywhere else.
 */
export class RecordReader {
  readonly #object: JsonObject;
  readonly #text: () => string;
  readonly #path: string;
  readonly #numbersArePlain: () => boolean;
  readonly #namesNeedFolding: boolean;
  #sources: ReadonlyMap<string, string> | undefined;

  constructor({ object, text, path, numbersArePlain }: RecordReaderOptions) {
    this.#object = object;
    this.#text = text;
    this.#path = path;
    this.#numbersArePlain = numbersArePlain;
    this.#namesNeedFolding = Object.keys(object).some((name) => upperCase.test(name));
  }

  /** "" when absent. */
  text(name: string): string {
    const value = this.#value(name) ?? '';
    if (typeof value !== 'string') throw this.#error(name, 'text');
    return value;
  }

  /** Null when absent or "". */
  optional<T>(name: string, { noun, read }: TextFormat<T>): T | null {
    const text = this.text(name);
    if (text === '') return null;
    const value = read(text);
    if (value === null) throw this.#error(name, noun);
    return value;
  }

  required<T>(name: string, format: TextFormat<T>): T {
    const value = this.optional(name, format);
    if (value === null) throw new RecordError(`${this.#path}${name} is missing`);
    return value;
  }

  /** 0 when absent. Like Go, takes plain digits only: `1e3`, `1.0`, `-0` and `"1"` are refused. */
  unsigned(name: string, bits: 31 | 32 | 64): bigint {
    const value = this.#value(name) ?? null;
    if (value === null) return 0n;
    const number = typeof value === 'number' ? this.#exactNumber(name, value) : null;
    if (number === null || number >> BigInt(bits) !== 0n) throw this.#error(name, `unsigned ${bits}-bit number`);
    return number;
  }

  /** Empty when absent. A key such as `__proto__` is one like any other. */
  stringMap(name: string): Readonly<Record<string, string>> {
    const map = this.#value(name) ?? noEntries;
    if (!isJsonObject(map)) throw this.#error(name, 'object');
    let hasNull = false;
    for (const key of Object.keys(map)) {
      const text = map[key];
      if (text === null) hasNull = true;
      else if (typeof text !== 'string') throw this.#entryError(name, key);
    }
    // The loop has seen each value: all are texts, or null, which is "" to Go.
    if (hasNull) return Object.fromEntries(Object.entries(map).map(([key, text]) => [key, (text ?? '') as string]));
    return map as Readonly<Record<string, string>>;
  }

  /** The record itself, as it is written. */
  json(): JsonText {
    return new JsonText(this.#text());
  }

  /** A record in this one; without any fields when absent. */
  record(name: string): RecordReader {
    const object = this.#value(name) ?? {};
    if (!isJsonObject(object)) throw this.#error(name, 'object');
    return new RecordReader({
      object,
      text: () => this.#source(name) ?? '{}',
      path: `${this.#path}${name}.`,
      numbersArePlain: this.#numbersArePlain,
    });
  }

  /** The records of an array; none when absent. */
  records(name: string): RecordReader[] {
    const array = this.#value(name) ?? [];
    if (!Array.isArray(array)) throw this.#error(name, 'array');
    if (array.length === 0) return [];
    const source = this.#source(name) ?? '[]';
    return jsonMembers(source).map(({ valueStart, end }, index) => {
      const path = `${this.#path}${name}[${index}]`;
      const text = source.slice(valueStart, end);
      const object: unknown = array[index];
      if (!isJsonObject(object)) throw wrongValue(path, text, 'object');
      return new RecordReader({ object, text: () => text, path: `${path}.`, numbersArePlain: this.#numbersArePlain });
    });
  }

  #value(name: string): unknown {
    const value = this.#object[name];
    // Where all names are in lower case, only a name that is not, such as portStart, can be there in another case.
    if (!this.#namesNeedFolding && (value !== undefined || !upperCase.test(name))) return value;
    const source = this.#source(name);
    return source === undefined ? undefined : JSON.parse(source);
  }

  /** What the record has for a field, as written. */
  #source(name: string): string | undefined {
    this.#sources ??= memberSources(this.#text(), foldName);
    return this.#sources.get(foldName(name));
  }

  #exactNumber(name: string, parsed: number): bigint | null {
    const isExact = Number.isSafeInteger(parsed) && !Object.is(parsed, -0) && this.#numbersArePlain();
    if (isExact) return parsed < 0 ? null : BigInt(parsed);
    const source = this.#source(name) ?? '';
    return unsignedDigits.test(source) ? BigInt(source) : null;
  }

  #entryError(name: string, key: string): RecordError {
    const source = memberSources(this.#source(name) ?? '{}', (entryKey) => entryKey).get(key) ?? '';
    return wrongValue(`${this.#path}${name}.${key}`, source, 'text');
  }

  #error(name: string, noun: string): RecordError {
    return wrongValue(this.#path + name, this.#source(name) ?? '', noun);
  }
}

/** U+017F and the Kelvin sign are upper-case letters here: Go folds them to s and k. */
const upperCase = /[A-Z\u017f\u212a]/;

/** 2^64 has 20. */
const unsignedDigits = /^\d{1,20}$/;
