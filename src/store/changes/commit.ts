import { hasErrorCode } from '../../errors.ts';
import type { Keys, NodeKind } from '../keys.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import type { Revision, WatchBatch } from '../store.ts';
import type { View } from '../view.ts';
import type { NodeChange } from './node-change.ts';
import { type NodeVersions, readVersions } from './node-version.ts';

/** Reads the store as a commit left it, and waits for it where it does not answer. */
export type Look = <T>(read: (view: View) => MaybePromise<T>) => Promise<T>;

export interface CommitParts {
  readonly keys: Keys;
  readonly changes: readonly NodeChange[];
  readonly look: Look;
}

/** One commit as all subscribers see it: taken apart once, and each node that it touched decoded once. */
export class Commit {
  readonly revision: Revision;
  readonly changes: readonly NodeChange[];
  /** What it holds: keys and values, before and after, and what objects they make. */
  readonly bytes: number;
  /** Fails with REVISION_COMPACTED when the store no longer has that revision. */
  readonly look: Look;
  readonly #keys: Keys;
  readonly #versions: (Promise<NodeVersions> | undefined)[] = [];

  constructor(batch: WatchBatch, { keys, changes, look }: CommitParts) {
    this.revision = batch.revision;
    this.changes = changes;
    this.bytes = bytesOf(batch);
    this.look = look;
    this.#keys = keys;
  }

  /** The node before and after. Fails with REVISION_COMPACTED when the store no longer has what it takes to tell. */
  versionsOf<K extends NodeKind>(change: NodeChange & { readonly kind: K }): Promise<NodeVersions<K>>;
  versionsOf(change: NodeChange): Promise<NodeVersions> {
    let versions = this.#versions[change.index];
    if (versions === undefined) {
      versions = this.look((view) => readVersions(change, { keys: this.#keys, view }));
      this.#versions[change.index] = versions;
      versions.catch((error: unknown) => {
        // The next one who asks may have more luck, but for history that is gone.
        if (!hasErrorCode(error, 'REVISION_COMPACTED')) this.#versions[change.index] = undefined;
      });
    }
    return versions;
  }

  /** What it did to that node; undefined when it did not touch it. */
  changeOf<K extends NodeKind>(kind: K, name: string): (NodeChange & { readonly kind: K }) | undefined {
    return this.changes.find(
      (change): change is NodeChange & { readonly kind: K } => change.kind === kind && change.name === name,
    );
  }
}

/** Of each key: a change with two entries, and the node that it belongs to. Measured with one key a commit. */
const overheadBytes = 1000;

function bytesOf({ changes }: WatchBatch): number {
  let bytes = 0;
  for (const { key, previous, current } of changes) {
    bytes += overheadBytes + key.length + (previous?.value.length ?? 0) + (current?.value.length ?? 0);
  }
  return bytes;
}
