/**
 * A key is a byte string: one character per byte (Latin-1), so that comparing two strings compares their bytes, as etcd orders
 * keys. ASCII keys look like themselves; `keyFromText` and `textFromKey` convert the few that hold other text.
 */
export type Key = string;

/** All keys k with start <= k < end; without `end`, the one key `start`. */
export interface Range {
  readonly start: Key;
  readonly end?: Key;
}

export function keyFromText(text: string): Key {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const beyondASCII = /[\u0080-\u00ff]/;

/** The key as a person reads it; bytes that are no UTF-8 become U+FFFD. */
export function textFromKey(key: Key): string {
  if (!beyondASCII.test(key)) return key;
  return Buffer.from(key, 'latin1').toString('utf8');
}

export function keyRange(key: Key): Range {
  return { start: key };
}

/** All keys that begin with `prefix`. The trailing "/" matters: "networks/1" is also a prefix of "networks/10". */
export function prefixRange(prefix: Key): Required<Range> {
  for (let last = prefix.length - 1; last >= 0; last--) {
    const byte = prefix.charCodeAt(last);
    if (byte < 0xff) return { start: prefix, end: prefix.slice(0, last) + String.fromCharCode(byte + 1) };
  }
  throw new RangeError('A prefix needs at least one byte below 0xff');
}

export function isInRange(key: Key, range: Range): boolean {
  return range.end === undefined ? key === range.start : key >= range.start && key < range.end;
}

/** Whether every key of `inner` lies in `outer`. */
export function coversRange(outer: Range, inner: Range): boolean {
  if (inner.end === undefined) return isInRange(inner.start, outer);
  return outer.end !== undefined && outer.start <= inner.start && inner.end <= outer.end;
}
