/** Short, and free of what could break out of a log line or a header. */
const sane = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** The id that a proxy or a client gave the request, where it is a sane one; else a new one. */
export function requestIdOf(header: string | string[] | undefined, newId: () => string): string {
  return typeof header === 'string' && sane.test(header) ? header : newId();
}
