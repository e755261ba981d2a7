import type { ArgBuilder } from '@pothos/core';
import type { SubscriptionEvent } from '../resolvers/subscription/subscribe.ts';
import type { ChangeType } from '../store/changes/index.ts';
import { builder, type SchemaTypes } from './builder.ts';

builder.subscriptionType({
  description:
    'What happens, as it happens: over WebSocket (graphql-transport-ws) or as server-sent events. Each event is one node in one commit of the store, and what it leads to is read as that commit left it. Without `after` a stream begins at the newest revision when it is accepted. It ends with an error of code SLOW_CONSUMER, SERVER_DRAINING or UNAUTHENTICATED (its credential is over), whose `resumeAfter` goes on without a gap or a repeat, or with REVISION_COMPACTED when the store no longer has the history.',
});

export function afterArgument(arg: ArgBuilder<SchemaTypes>) {
  return {
    after: arg({
      type: 'EventCursor',
      description:
        'Goes on behind this: the `cursor` of an event, `resumeAfter` of an error, or the `revision` of a query, which misses nothing that came since. On any gateway of the cluster.',
    }),
  };
}

/** What each event has. */
export function eventFields<T extends SubscriptionEvent>(t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, T>) {
  return {
    revision: t.field({
      type: 'Revision',
      description: 'The store revision of the commit that it tells of.',
      resolve: ({ revision }) => revision,
    }),
    cursor: t.field({
      type: 'EventCursor',
      description: 'Where it stands: `after` goes on behind it.',
      resolve: ({ cursor }) => cursor,
    }),
  };
}

const changeTypes = {
  CREATED: { description: 'It is new.' },
  UPDATED: { description: 'Its record changed, or what lies beside it and belongs to it.' },
  DELETED: { description: 'It is gone.' },
} as const satisfies Record<ChangeType, { description: string }>;

export const ChangeTypeEnum = builder.enumType('ChangeType', {
  description: 'What happened to a node in one commit.',
  values: changeTypes,
});
