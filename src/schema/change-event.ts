import { type ChangeEvent, subscribeToChanges } from '../resolvers/subscription/change.ts';
import { nodeOfEvent } from '../resolvers/subscription/event-node.ts';
import type { NodeKind } from '../store/keys.ts';
import { builder } from './builder.ts';
import { NodeRef } from './refs.ts';
import { afterArgument, ChangeTypeEnum, eventFields } from './subscription.ts';

const kinds = {
  NETWORK: { description: 'A `Network`.' },
  SUBNET: { description: 'A `Subnet`.' },
  HYPERVISOR: { description: 'A `Hypervisor`.' },
  GUEST: { description: 'A `Guest`.' },
  FLAVOR: { description: 'A `Flavor`.' },
  FIREWALL_GROUP: { description: 'A `FirewallGroup`.' },
  VLAN: { description: 'A `VLAN`.' },
  VLAN_GROUP: { description: 'A `VLANGroup`.' },
  JOB: { description: 'A `Job`.' },
  CONFIG: { description: 'A `ConfigEntry`.' },
} as const satisfies Record<NodeKind, { description: string }>;

const NodeKindEnum = builder.enumType('NodeKind', { description: 'The kinds of node.', values: kinds });

const ChangeEventRef = builder.objectRef<ChangeEvent>('ChangeEvent').implement({
  description: 'A change of any node. A heartbeat, a link to a guest, an address or a lock is none.',
  fields: (t) => ({
    type: t.expose('type', { type: ChangeTypeEnum, description: 'What happened.' }),
    kind: t.expose('kind', { type: NodeKindEnum, description: 'What kind of node it is.' }),
    id: t.exposeID('id', { description: 'The id of the node.' }),
    node: t.field({
      type: NodeRef,
      nullable: true,
      description: 'The node as the change left it; null for DELETED.',
      resolve: (event, _args, context) => nodeOfEvent(context, event),
    }),
    ...eventFields(t),
  }),
});

builder.subscriptionFields((t) => ({
  changes: t.field({
    type: ChangeEventRef,
    description:
      'The changes of nodes of any kind: of their records, and of what lies beside them and belongs to them, such as config, attachments and the state of a guest. One for each node and commit.',
    args: {
      kinds: t.arg({ type: [NodeKindEnum], description: 'Only of these kinds; of all when it is left out.' }),
      ids: t.arg.idList({ description: 'Only of the nodes with these ids; of all when it is left out.' }),
      ...afterArgument(t.arg),
      until: t.arg({
        type: 'Revision',
        description:
          'Ends the stream well once all that happened up to this revision was told. It may lie ahead. Where other programs than those of this cluster write to the same etcd, one before 3.4.25 or 3.5.8 tells that only with the next change here.',
      }),
    },
    subscribe: (_root, args, context) => subscribeToChanges(context, args),
    resolve: (event) => event,
  }),
}));
