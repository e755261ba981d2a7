import type { Context } from '../../context.ts';
import { GatewayError } from '../../errors.ts';
import type { NodeVersion } from '../../store/changes/index.ts';
import type { EntityOf } from '../../store/entities/index.ts';
import type { NodeKind } from '../../store/keys.ts';
import type { KindLoaders } from '../../store/loaders.ts';
import type { SubscriptionEvent } from './subscribe.ts';

export interface NodeEvent<K extends NodeKind> extends SubscriptionEvent {
  readonly kind: K;
  readonly name: string;
  readonly after: NodeVersion<K>;
}

/**
 * The node as the event's commit left it: null when that deleted it. As it is now, where the store no longer has that revision and what
 * the node leads to is read now. Fails with BROKEN_RECORD when its record can't be read.
 */
export async function nodeOfEvent<K extends NodeKind>(context: Context, event: NodeEvent<K>): Promise<EntityOf[K] | null> {
  const { kind, name, revision, after } = event;
  if (after === null) return null;
  const loaders: KindLoaders = context.loaders;
  if (context.snapshot.chosenRevision !== revision) return loaders[kind].get(name);
  if (after instanceof GatewayError) throw after;
  return after;
}

/** A version that is there and can be read. */
export function readable<K extends NodeKind>(version: NodeVersion<K>): EntityOf[K] | null {
  return version instanceof GatewayError ? null : version;
}
