/** A UUID has 36 characters; nobody needs many more. */
const longest = 255;
const printable = /^[\x21-\x7e]+$/;

export const idempotencyKeyMessage = `An Idempotency-Key has 1 to ${longest} printable ASCII characters without spaces, such as a UUID`;

/** What the header `Idempotency-Key` says: null when there is none, undefined when it is no key. */
export function parseIdempotencyKey(header: string | string[] | undefined): string | null | undefined {
  if (header === undefined) return null;
  return typeof header === 'string' && header.length <= longest && printable.test(header) ? header : undefined;
}
