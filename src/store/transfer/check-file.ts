import { type Key, textFromKey } from '../range.ts';
import { DuplicateFinder } from './duplicate-finder.ts';
import { decodeLine, type Entry, LineError } from './entry.ts';
import { entryByteLimit, entryBytes } from './import-entries.ts';
import { lineByteLimit } from './line-reader.ts';
import type { TransferFile } from './transfer-file.ts';

/** A file that can't be imported, with the first of its problems, each with its line. */
export class InvalidFileError extends Error {
  override readonly name = 'InvalidFileError';
  readonly problems: readonly string[];
  readonly problemCount: number;

  constructor(problems: readonly string[], problemCount: number) {
    super(`${problemCount} of the file's lines can't be imported: ${problems.join('; ')}`);
    this.problems = problems;
    this.problemCount = problemCount;
  }
}

/** Of a file that is no such file at all, nobody wants to read every line's problem. */
export const problemLimit = 20;

export interface FileCheck {
  readonly file: TransferFile;
  readonly prefix: Key;
  readonly signal: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

/** Reads the whole file before anything is written. Answers how many keys it has; fails with an InvalidFileError. */
export async function checkFile({ file, prefix, signal, onBytes }: FileCheck): Promise<number> {
  const problems = new Problems();
  const keys = new DuplicateFinder();
  let count = 0;
  for await (const line of file.lines(onBytes)) {
    signal.throwIfAborted();
    count++;
    try {
      const entry = decode(line);
      checkEntry(entry, prefix);
      keys.add(entry.key);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      problems.add(count, error.message);
    }
  }
  const mayRepeat = keys.finish();
  if (mayRepeat !== null) await findDuplicates({ file, signal, mayRepeat, problems });
  problems.throwIfAny();
  return count;
}

/** The entries of a file that was checked. */
export async function* entriesOf(file: TransferFile): AsyncGenerator<Entry> {
  for await (const line of file.lines()) yield decode(line);
}

function decode(line: Buffer | null): Entry {
  if (line === null) throw new LineError(`it is longer than ${lineByteLimit} bytes`);
  return decodeLine(line);
}

function checkEntry(entry: Entry, prefix: Key): void {
  if (!entry.key.startsWith(prefix)) {
    throw new LineError(`its key ${quote(entry.key)} does not begin with the prefix ${quote(prefix)}`);
  }
  const limit = entryByteLimit(prefix);
  if (entryBytes(entry) > limit) {
    throw new LineError(`${quote(entry.key)} has a value of ${entry.value.length} bytes; a store takes ${limit} with its key`);
  }
}

interface DuplicateSearch {
  readonly file: TransferFile;
  readonly signal: AbortSignal;
  readonly mayRepeat: (key: Key) => boolean;
  readonly problems: Problems;
}

async function findDuplicates({ file, signal, mayRepeat, problems }: DuplicateSearch): Promise<void> {
  const firstLines = new Map<Key, number>();
  let number = 0;
  for await (const line of file.lines()) {
    signal.throwIfAborted();
    number++;
    const key = keyOrNull(line);
    if (key === null || !mayRepeat(key)) continue;
    const first = firstLines.get(key);
    if (first === undefined) firstLines.set(key, number);
    else problems.add(number, `its key ${quote(key)} is also on line ${first}`);
  }
}

/** Lines that can't be read have been named already. */
function keyOrNull(line: Buffer | null): Key | null {
  try {
    return decode(line).key;
  } catch (error) {
    if (error instanceof LineError) return null;
    throw error;
  }
}

function quote(key: Key): string {
  return JSON.stringify(textFromKey(key));
}

class Problems {
  readonly #listed: string[] = [];
  #count = 0;

  add(line: number, message: string): void {
    this.#count++;
    if (this.#listed.length < problemLimit) this.#listed.push(`line ${line}: ${message}`);
  }

  throwIfAny(): void {
    if (this.#count > 0) throw new InvalidFileError(this.#listed, this.#count);
  }
}
