import { encodeConfigEntry } from '../../store/entities/config-entry.ts';
import { nodeId } from '../../store/keys.ts';
import type { KeyValue, Revision } from '../../store/store.ts';
import { commit, isStill, type Mutation, put, remove } from '../commit/index.ts';
import { notFound } from '../require.ts';
import { configKeyOf, configValueOf, storedConfigKeyOf } from './config-key.ts';
import { type Argument, notNull, requireRevision } from './given.ts';

export interface SetConfigArguments {
  readonly key: string;
  readonly value: string;
  readonly ifRevision?: Argument<Revision>;
}

/** What is there is not decoded: a value that can't be read can be set, and deleted. */
export function setConfig(mutation: Mutation, { key, value, ifRevision }: SetConfigArguments) {
  return commit(mutation, async ({ keys, snapshot }) => {
    const storeKey = keys.config(configKeyOf('key', key));
    const encoded = encodeConfigEntry({ value: configValueOf('value', value) });
    const stored = await snapshot.get(storeKey);
    if (stored !== null || notNull('ifRevision', ifRevision) !== undefined) requireEntry(key, stored, ifRevision);
    return {
      type: 'commit',
      compares: [isStill(storeKey, stored)],
      writes: stored?.value.equals(encoded) ? [] : [put(storeKey, encoded)],
      result: { key },
    };
  });
}

export interface DeleteConfigArguments {
  readonly key: string;
  readonly ifRevision?: Argument<Revision>;
}

export function deleteConfig(mutation: Mutation, { key, ifRevision }: DeleteConfigArguments) {
  return commit(mutation, async ({ keys, snapshot }) => {
    const storeKey = keys.config(storedConfigKeyOf('key', key));
    const stored = await snapshot.get(storeKey);
    requireEntry(key, stored, ifRevision);
    return {
      type: 'commit',
      compares: [isStill(storeKey, stored)],
      writes: [remove(storeKey)],
      result: { deletedId: nodeId('CONFIG', key) },
    };
  });
}

/** The entry is there, and at the revision that the caller knows. */
function requireEntry(key: string, stored: KeyValue | null, ifRevision: Argument<Revision>): void {
  if (stored === null) throw notFound('CONFIG', key);
  requireRevision({ kind: 'CONFIG', id: key, revision: stored.modRevision }, ifRevision);
}
