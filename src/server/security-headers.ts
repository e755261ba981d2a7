import type { ServerResponse } from 'node:http';

export const securityHeaders: ReadonlyMap<string, string> = new Map([
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  // For what a page embeds, as an image or a script. What it asks for by fetch is up to cors.ts.
  ['cross-origin-resource-policy', 'same-origin'],
  ['x-frame-options', 'DENY'],
  // An answer that a browser is made to show can do nothing. The page of GraphiQL has a policy of its own.
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cache-control', 'no-store'],
]);

/**
 * What every answer says, whoever makes it. None of it is Strict-Transport-Security, behind TLS either: that would hold for each port of
 * this host's name, whatever else serves plain HTTP there. A proxy that has a name for itself can add it.
 */
export function addSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of securityHeaders) response.setHeader(name, value);
}
