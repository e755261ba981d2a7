import { canonicalUuid } from './uuid.ts';

/** Of a cluster of 1,000 hypervisors and their networks; when there are more, it begins anew. */
const mostShared = 32_768;

let shared = new Map<string, string>();

/** As `canonicalUuid`. Of ids that many records name, such as that of a flavor, all records share one text: a hundred thousand guests name six each. */
export function sharedUuid(text: string): string | null {
  const known = shared.get(text);
  if (known !== undefined) return known;
  const id = canonicalUuid(text);
  if (id === null) return null;
  if (shared.size >= mostShared) shared = new Map();
  shared.set(id, id);
  return id;
}
