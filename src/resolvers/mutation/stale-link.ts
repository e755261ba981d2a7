import type { Context } from '../../context.ts';
import { directoriesOf } from '../../store/directory.ts';
import { folderRange, subkeys } from '../../store/keys.ts';
import { textFromKey } from '../../store/range.ts';
import type { Compare, KeyValue } from '../../store/store.ts';
import { canonicalUuid } from '../../store/values/uuid.ts';
import type { Step } from '../commit/index.ts';
import { removalOf } from './guest-holding.ts';

/** Links that one commit removes. */
export const staleLinksAtOnce = 100;

/**
 * The links to a guest under all hypervisors, also those without a record. For a guest that is on none of them: other tools leave
 * such links behind, and each counts as a guest of its hypervisor. They can be anywhere, so this looks through the whole folder.
 */
export async function linksAnywhere({ snapshot, keys }: Context, guestId: string): Promise<readonly KeyValue[]> {
  const catalog = await snapshot.catalog();
  if (catalog !== null) return catalog.linksToGuest(guestId);
  const entries = await snapshot.list(folderRange(keys, 'HYPERVISOR'));
  const links: KeyValue[] = [];
  for (const directory of directoriesOf(keys, 'HYPERVISOR', entries)) {
    const start = directory.path + subkeys.guests;
    for (const entry of directory.entries) {
      if (entry.key.startsWith(start) && canonicalUuid(textFromKey(entry.key.slice(start.length))) === guestId) links.push(entry);
    }
  }
  return links;
}

/** Removes the first of more links than the commit that ends it all can; null when there are not so many. */
export function stepOfLinks(links: readonly KeyValue[], guards: readonly Compare[], most = staleLinksAtOnce): Step | null {
  if (links.length <= most) return null;
  const { compares, writes } = removalOf(links.slice(0, staleLinksAtOnce));
  return { type: 'step', compares: [...guards, ...compares], writes };
}
