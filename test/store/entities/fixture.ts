import { readFileSync } from 'node:fs';
import { RecordError } from '../../../src/store/codec.ts';
import type { RecordSource } from '../../../src/store/entities/entity.ts';
import { keyFromText } from '../../../src/store/range.ts';
import type { KeyValue } from '../../../src/store/store.ts';

export const id = '1c00dd92-d4e7-45b2-8494-d150ad051371';

export function entry(key: string, value: string | Buffer, revisions: Partial<KeyValue> = {}): KeyValue {
  return {
    key: keyFromText(key),
    value: Buffer.from(value),
    createRevision: 3,
    modRevision: 7,
    version: 2,
    leaseId: null,
    ...revisions,
  };
}

/** The source of a record under `<folder>/<name>/metadata`. */
export function source(value: string | Buffer, { folder = 'guests', name = id } = {}): RecordSource {
  const directory = `lochness/${folder}/${name}/`;
  return { id: name.toLowerCase(), directory, record: entry(`${directory}metadata`, value) };
}

/** Why a record can't be read. Fails when it can be, or when the error is not the one that is promised. */
export function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    throw error;
  }
  throw new Error('The record was read');
}

/** A file of test/fixtures. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8');
}

/** The entries of a keyspace that the Go tools wrote, in key order. */
export function goldenEntries(name: 'cluster-a' | 'edge'): KeyValue[] {
  return fixture(`${name}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => {
      const { key, value, lease } = JSON.parse(line) as { key: string; value: string; lease: boolean };
      return entry(key, value, { leaseId: lease ? '42' : null });
    });
}
