import type { Context } from '../../context.ts';
import { type ChangeType, changeTypeOf } from '../../store/changes/index.ts';
import { type NodeKind, nodeId } from '../../store/keys.ts';
import type { Given } from '../filter.ts';
import { canonicalNodeId } from '../node.ts';
import type { NodeEvent } from './event-node.ts';
import { type Events, placeOf, type StreamArguments, subscribe } from './subscribe.ts';

export interface ChangeStreamArguments extends StreamArguments {
  readonly kinds?: Given<readonly NodeKind[]>;
  readonly ids?: Given<readonly string[]>;
}

export interface ChangeEvent extends NodeEvent<NodeKind> {
  readonly type: ChangeType;
  readonly id: string;
}

/** Whatever becomes of any node. */
export function subscribeToChanges(context: Context, args: ChangeStreamArguments): Events<ChangeEvent> {
  const kinds = args.kinds && new Set(args.kinds);
  const ids = args.ids && new Set(args.ids.map((id) => canonicalNodeId('ids', id)));
  return subscribe<ChangeEvent>(context, args, {
    touches: (change) =>
      kinds?.has(change.kind) !== false && ids?.has(nodeId(change.kind, change.name)) !== false && changeTypeOf(change) !== null,
    async judge(change, commit) {
      const type = changeTypeOf(change);
      if (type === null) return null;
      const { before, after } = await commit.versionsOf(change);
      // Keys that another tool left behind without a record are no node.
      if (before === null && after === null) return null;
      const { kind, name } = change;
      return { ...placeOf(change), kind, name, id: nodeId(kind, name), type, after };
    },
  });
}
