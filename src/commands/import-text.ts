import type { ImportConfig } from '../config/index.ts';
import { messageOf } from '../errors.ts';
import { type Key, textFromKey } from '../store/range.ts';
import { type ImportReport, ImportStoppedError, InvalidFileError, PrefixNotEmptyError } from '../store/transfer/index.ts';

/** What was written, in one line. */
export function importSummary({ written, leased, leftovers, revision }: ImportReport, { leaseSeconds }: ImportConfig): string {
  const underLease = leased > 0 ? `, ${leased} of them under a lease of ${leaseSeconds} s` : '';
  const deleted = leftovers === null ? '' : `; deleted ${keys(leftovers.deleted)} that the file does not name`;
  return `wrote ${keys(written)} at revision ${revision}${underLease}${deleted}`;
}

/** Others wrote while a prefix was replaced: it does not hold exactly the file. */
export function foreignKeysMessage({ count, example }: { readonly count: number; readonly example: Key }): string {
  return (
    `The prefix does not hold exactly the file: ${keys(count)} were written by others during the import and left alone, such as ` +
    `${JSON.stringify(textFromKey(example))}. Stop them and import again`
  );
}

/** The error with all that its reader needs: what was written, what was not, and what to do. */
export function explainImportError(error: unknown, { config, lineCount }: { config: ImportConfig; lineCount: number }): unknown {
  if (error instanceof InvalidFileError) return new Error(problemList(error), { cause: error });
  if (error instanceof PrefixNotEmptyError) {
    const choices = 'Give --merge to write over them, or --replace to make the prefix hold exactly the file.';
    return new Error(`${error.message}. ${choices} Nothing was written.`, { cause: error });
  }
  if (error instanceof ImportStoppedError) return new Error(account(error, { config, lineCount }), { cause: error });
  return new Error(`${messageOf(error)}. Nothing was written.`, { cause: error });
}

function problemList({ problems, problemCount }: InvalidFileError): string {
  const more = problemCount > problems.length ? [`and ${problemCount - problems.length} more`] : [];
  const noun = problemCount === 1 ? 'A line' : `${problemCount} lines`;
  return [`${noun} of the file can't be imported. Nothing was written.`, ...problems, ...more].join('\n  ');
}

function account(
  { message, progress }: ImportStoppedError,
  { config, lineCount }: { config: ImportConfig; lineCount: number },
): string {
  const { written, inDoubt, leased, isDeleting, revision } = progress;
  const known = written + inDoubt;
  const parts = [`The import stopped: ${message}.`];
  if (written === 0) parts.push('No line is known to be written.');
  else parts.push(`Written: ${lines(1, written)}, the last at revision ${revision}.`);
  if (inDoubt > 0) {
    parts.push(
      `In doubt: ${lines(written + 1, known)}. The connection broke while they were committed: they may be written, or still come.`,
    );
  }
  if (known < lineCount) parts.push(`Not written: ${lines(known + 1, lineCount)}.`);
  if (isDeleting) parts.push('Some of the keys that the file does not name are not deleted yet.');
  if (leased > 0)
    parts.push(`${keys(leased)} of the written ones are under a lease, and vanish within ${config.leaseSeconds} s.`);
  return parts.join('\n  ');
}

function lines(first: number, last: number): string {
  return first === last ? `line ${first}` : `lines ${first} to ${last}`;
}

function keys(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`;
}
