import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import type { HistoryLimits } from '../../src/store/keyspace.ts';
import { keyFromText, keyRange, prefixRange } from '../../src/store/range.ts';
import type { KeyValue, Store } from '../../src/store/store.ts';
import type { Entry } from '../../src/store/transfer/entry.ts';
import {
  exportPages,
  type ImportReport,
  ImportStoppedError,
  importEntries,
  keepAside,
  type TransferFile,
} from '../../src/store/transfer/index.ts';

export const prefix = 'lochness/';
export const never = new AbortController().signal;

/** A file with that content, until the test is over. */
export async function fileOf(content: string | Buffer): Promise<TransferFile> {
  const file = await keepAside(Readable.from([Buffer.from(content)]), never);
  onTestFinished(() => file.close());
  return file;
}

/** An empty store, until the test is over. */
export function openStore(history?: HistoryLimits): Store {
  const store = openMemoryStore({ log: silentLog, ...(history === undefined ? {} : { history }) });
  onTestFinished(() => store.close());
  return store;
}

export function entry(name: string, value: string, isLeased = false): Entry {
  return { key: keyFromText(prefix + name), value: Buffer.from(value), isLeased };
}

export interface ImportSetting {
  readonly store: Store;
  readonly entries: AsyncIterable<Entry> | Iterable<Entry>;
  readonly onExisting?: 'refuse' | 'merge' | 'replace';
  readonly leaseSeconds?: number;
  readonly signal?: AbortSignal;
  readonly patienceMs?: number;
}

export function importInto({
  store,
  entries,
  onExisting = 'refuse',
  leaseSeconds = 120,
  signal = never,
  patienceMs = 30_000,
}: ImportSetting) {
  return importEntries({ store, prefix, entries, onExisting, leaseSeconds, signal, patienceMs });
}

export async function exportOf(store: Store): Promise<string> {
  let text = '';
  for await (const page of exportPages({ store, prefix, signal: never })) text += page.text;
  return text;
}

export async function contentOf(store: Store): Promise<Record<string, string>> {
  const { results } = await store.read({ ranges: [prefixRange(prefix)] });
  return Object.fromEntries((results[0]?.entries ?? []).map(({ key, value }) => [key.slice(prefix.length), value.toString()]));
}

export async function get(store: Store, name: string): Promise<KeyValue | undefined> {
  const { results } = await store.read({ ranges: [keyRange(prefix + name)] });
  return results[0]?.entries[0];
}

export async function put(store: Store, name: string, value: string): Promise<void> {
  await store.commit({ compares: [], writes: [{ type: 'put', key: prefix + name, value: Buffer.from(value) }] });
}

export async function failureOf(importing: Promise<ImportReport>): Promise<ImportStoppedError> {
  const error: unknown = await importing.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ImportStoppedError) return error;
  throw new Error('The import did not stop as expected', { cause: error });
}

export function nameAndText({ key, value }: Entry): [string, string] {
  return [key.slice(prefix.length), value.toString()];
}

export function* manyEntries(count: number): Generator<Entry> {
  for (let index = 0; index < count; index++) yield entry(`config/${String(index).padStart(6, '0')}`, `value ${index}`);
}
