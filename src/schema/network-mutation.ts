import { createNetwork, deleteNetwork, updateNetwork } from '../resolvers/mutation/network.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, createFields, DeletePayload, ifRevisionArgument, updateFields } from './mutation.ts';
import { NetworkRef } from './refs.ts';

const NetworkPayload = builder.objectRef<{ readonly networkId: string }>('NetworkPayload').implement({
  description: 'A network after a change.',
  fields: (t) => ({
    network: t.field({
      type: NetworkRef,
      description: 'The network as the commit left it.',
      resolve: ({ networkId }, _args, context) => requireNode(context.loaders.NETWORK, networkId),
    }),
  }),
});

const CreateNetworkInput = builder.inputType('CreateNetworkInput', {
  description: 'A new network.',
  fields: (t) => createFields(t),
});

const UpdateNetworkInput = builder.inputType('UpdateNetworkInput', {
  description: 'Changes to a network. What is left out keeps its value.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The network's UUID, in any spelling." }),
    ...updateFields(t),
  }),
});

builder.mutationFields((t) => ({
  createNetwork: t.field({
    role: 'admin',
    type: NetworkPayload,
    nullable: true,
    description: 'Creates a network without subnets. ALREADY_EXISTS when a node of any kind has the id.',
    args: { input: t.arg({ type: CreateNetworkInput, required: true, description: 'The new network.' }) },
    resolve: (_root, args, context, info) => createNetwork(begin(context, args, info), args.input),
  }),
  updateNetwork: t.field({
    role: 'admin',
    type: NetworkPayload,
    nullable: true,
    description: 'Changes a network.',
    args: { input: t.arg({ type: UpdateNetworkInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateNetwork(begin(context, args, info), args.input),
  }),
  deleteNetwork: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description: 'Deletes a network. IN_USE while it has subnets or guests.',
    args: {
      id: t.arg.id({ required: true, description: "The network's UUID, in any spelling." }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => deleteNetwork(begin(context, args, info), args),
  }),
}));
