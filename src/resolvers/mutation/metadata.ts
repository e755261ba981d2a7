import { badUserInput } from '../../errors.ts';
import { encodeStringMap } from '../../store/codec.ts';
import type { StringMap } from '../../store/entities/entity.ts';
import { type Argument, notNull } from './given.ts';
import { requireWellFormed } from './text.ts';

/** Changes to metadata: a null removes its key. */
export type StringMapPatch = Readonly<Record<string, string | null>>;

/** As JSON, in UTF-8. */
export const metadataLimitBytes = 64 * 1024;

/** The metadata of a new node. */
export function newMetadata(given: Argument<StringMap>): StringMap {
  const metadata = given ?? {};
  requireTexts(Object.entries(metadata));
  requireFits(metadata);
  return metadata;
}

/** Stored metadata with a patch's keys set or removed; undefined when there is no patch, or none that changes anything. */
export function mergedMetadata(stored: StringMap, patch: Argument<StringMapPatch>): StringMap | undefined {
  const changes = notNull('metadata', patch);
  if (changes === undefined) return undefined;
  // A map and fromEntries: `__proto__` is a key like any other.
  const merged = new Map(Object.entries(stored));
  const entries = Object.entries(changes).filter(([key, text]) => text !== (merged.get(key) ?? null));
  if (entries.length === 0) return undefined;
  requireTexts(entries);
  for (const [key, text] of entries) {
    if (text === null) merged.delete(key);
    else merged.set(key, text);
  }
  const metadata = Object.fromEntries(merged);
  // What another tool made too long may be made shorter.
  if (bytesOf(metadata) > bytesOf(stored)) requireFits(metadata);
  return metadata;
}

/** A key that is removed may be any. */
function requireTexts(entries: readonly (readonly [key: string, text: string | null])[]): void {
  for (const [key, text] of entries) {
    if (text === null) continue;
    requireWellFormed('metadata', key);
    requireWellFormed('metadata', text);
  }
}

function requireFits(metadata: StringMap): void {
  const bytes = bytesOf(metadata);
  if (bytes <= metadataLimitBytes) return;
  throw badUserInput('metadata', `The metadata would have ${bytes} bytes as JSON: at most ${metadataLimitBytes} are allowed`);
}

function bytesOf(metadata: StringMap): number {
  return Buffer.byteLength(encodeStringMap(metadata).json);
}
