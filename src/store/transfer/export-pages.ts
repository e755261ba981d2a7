import type { Key } from '../range.ts';
import type { KeyValue, Revision } from '../store.ts';
import { encodeLine } from './entry.ts';
import { type PagedRead, pagesOf } from './page.ts';

export interface ExportPage {
  /** The same for all pages. */
  readonly revision: Revision;
  readonly keyCount: number;
  /** The lines of these keys, each with its newline. */
  readonly text: string;
}

/** A whole prefix at one revision, in key order, as the lines of a file. */
export async function* exportPages(read: PagedRead): AsyncGenerator<ExportPage> {
  for await (const { revision, entries } of pagesOf(read)) {
    const kept = entries.filter(({ key }) => !isLeftOut(key.slice(read.prefix.length)));
    yield { revision, keyCount: kept.length, text: kept.map(lineOf).join('') };
  }
}

function lineOf({ key, value, leaseId }: KeyValue): string {
  return encodeLine({ key, value, isLeased: leaseId !== null });
}

/** What belongs to the moment, not to the cluster: who works on a job, who leads, which requests were answered; and secrets. */
function isLeftOut(name: Key): boolean {
  return /^jobs\/[^/]*\.lock$/.test(name) || /^gateway\/(?:operations\/|leader(?:\/|$)|tokens(?:\/|$))/.test(name);
}
