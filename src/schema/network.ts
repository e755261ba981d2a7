import { listGuestsOf } from '../resolvers/guest.ts';
import { getNetwork, listNetworks } from '../resolvers/network.ts';
import { listSubnetsOfNetwork } from '../resolvers/subnet.ts';
import { builder } from './builder.ts';
import { NameFilterInput } from './filter-argument.ts';
import { GuestConnection } from './guest.ts';
import { guestListArguments } from './guest-argument.ts';
import { namedFields } from './node-field.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { NetworkRef, NodeRef } from './refs.ts';
import { SubnetConnection } from './subnet.ts';
import { subnetListArguments } from './subnet-argument.ts';

NetworkRef.implement({
  description: 'A network that guests are connected to. Its subnets say which addresses it has and where.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...namedFields(t),
    subnets: t.field({
      type: SubnetConnection,
      description: 'The subnets whose record names this network.',
      args: subnetListArguments(t.arg),
      resolve: (network, args, context) => listSubnetsOfNetwork(context, network, args),
    }),
    guests: t.field({
      type: GuestConnection,
      description: 'The guests whose record names this network, placed or not.',
      args: guestListArguments(t.arg),
      resolve: ({ id }, args, context) => listGuestsOf(context, { field: 'networkId', id, args }),
    }),
  }),
});

const NetworkConnection = connectionOf({ name: 'Network', things: 'networks', node: NetworkRef });

builder.queryFields((t) => ({
  network: t.field({
    type: NetworkRef,
    nullable: true,
    description: 'One network by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The network's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getNetwork(context, id),
  }),
  networks: t.field({
    type: NetworkConnection,
    description: 'All networks, by id.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: NameFilterInput, description: 'Only those for which all of its conditions hold.' }),
    },
    resolve: (_root, args, context) => listNetworks(context, args),
  }),
}));
