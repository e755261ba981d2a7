/**
 * What a claim says: `role`, or `realm_access.roles`, where dots lead into objects. A name that has dots itself, as
 * `https://example.com/role`, is found too: the longest name that is there counts.
 */
export function claimAt(claims: unknown, path: string): unknown {
  if (typeof claims !== 'object' || claims === null) return undefined;
  const members = new Map<string, unknown>(Object.entries(claims));
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const name = path.slice(0, end);
    if (!members.has(name)) continue;
    return end === path.length ? members.get(name) : claimAt(members.get(name), path.slice(end + 1));
  }
  return undefined;
}
