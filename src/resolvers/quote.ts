const longestQuote = 80;

/** A value as a message quotes it: on one line, and never a page of it. */
export function quote(value: unknown): string {
  const text = typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}...`;
}
