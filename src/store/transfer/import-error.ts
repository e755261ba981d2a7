import { messageOf } from '../../errors.ts';
import { type Key, textFromKey } from '../range.ts';
import type { Revision } from '../store.ts';

/** The prefix holds keys already, and the import was not told what to do with them. Nothing was written. */
export class PrefixNotEmptyError extends Error {
  override readonly name = 'PrefixNotEmptyError';
  constructor(prefix: Key, found: Key | null) {
    super(`The prefix ${quote(prefix)} holds keys already${found === null ? '' : `, such as ${quote(found)}`}`);
  }
}

/** Somebody else began to write to the prefix that was empty at first. */
export class KeyTakenError extends Error {
  override readonly name = 'KeyTakenError';
  constructor(key: Key) {
    super(`Somebody else wrote ${quote(key)} meanwhile`);
  }
}

/** How far an import came. It goes through its entries in their order, so that numbers tell which. */
export interface ImportProgress {
  /** The first so many entries are written. */
  readonly written: number;
  /** The next so many may be written, or not, or may still be: the connection broke while they were committed. */
  readonly inDoubt: number;
  /** Of the written ones, those under the lease. */
  readonly leased: number;
  /** Whether all are written, and the keys that they do not name are being deleted. */
  readonly isDeleting: boolean;
  /** Of the last commit; when nothing was written, of the store at the beginning. */
  readonly revision: Revision;
}

/** An import that ended before its end; `cause` says why. */
export class ImportStoppedError extends Error {
  override readonly name = 'ImportStoppedError';
  readonly progress: ImportProgress;

  constructor(progress: ImportProgress, cause: unknown) {
    super(messageOf(cause), { cause });
    this.progress = progress;
  }
}

function quote(key: Key): string {
  return JSON.stringify(textFromKey(key));
}
