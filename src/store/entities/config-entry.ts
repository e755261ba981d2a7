import { decodeText, RecordError } from '../codec.ts';
import { nodeId } from '../keys.ts';
import { keyFromText, textFromKey } from '../range.ts';
import type { Entity, RecordSource } from './entity.ts';

export interface ConfigEntry extends Entity {
  readonly kind: 'CONFIG';
  /** May contain slashes. */
  readonly key: string;
  readonly value: string;
}

/** Its record is no JSON: the value is the text itself, "" too. */
export function decodeConfigEntry({ id, record }: RecordSource): ConfigEntry {
  if (keyFromText(textFromKey(record.key)) !== record.key) throw new RecordError('its key is not UTF-8');
  return { kind: 'CONFIG', id: nodeId('CONFIG', id), revision: record.modRevision, key: id, value: decodeText(record.value) };
}

export function encodeConfigEntry({ value }: Pick<ConfigEntry, 'value'>): Buffer {
  return Buffer.from(value);
}
