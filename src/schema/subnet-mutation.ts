import { createSubnet, deleteSubnet, updateSubnet } from '../resolvers/mutation/subnet.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, createFields, DeletePayload, ifRevisionArgument, updateFields } from './mutation.ts';
import { SubnetRef } from './refs.ts';

export const SubnetPayload = builder.objectRef<{ readonly subnetId: string }>('SubnetPayload').implement({
  description: 'A subnet after a change.',
  fields: (t) => ({
    subnet: t.field({
      type: SubnetRef,
      description: 'The subnet as the commit left it.',
      resolve: ({ subnetId }, _args, context) => requireNode(context.loaders.SUBNET, subnetId),
    }),
  }),
});

const CreateSubnetInput = builder.inputType('CreateSubnetInput', {
  description: 'A new subnet.',
  fields: (t) => ({
    ...createFields(t),
    networkId: t.id({ description: 'The network that it is to be in. Without one it can be added to a network later.' }),
    cidr: t.field({
      type: 'CIDR',
      required: true,
      description:
        'The network that all of its addresses lie in. It must not overlap that of another subnet of the same network.',
    }),
    gateway: t.field({
      type: 'IPAddress',
      description: "The guests' way out, inside of `cidr`; it is never handed out. Without one they have none.",
    }),
    startRange: t.field({
      type: 'IPAddress',
      required: true,
      description: 'The first address that a guest may get, inside of `cidr`.',
    }),
    endRange: t.field({
      type: 'IPAddress',
      required: true,
      description: 'The last address that a guest may get, inside of `cidr` and not below `startRange`.',
    }),
  }),
});

const UpdateSubnetInput = builder.inputType('UpdateSubnetInput', {
  description: 'Changes to a subnet. What is left out keeps its value; its network and its `cidr` always do.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The subnet's UUID, in any spelling." }),
    ...updateFields(t),
    gateway: t.field({
      type: 'IPAddress',
      description: 'Another way out, inside of `cidr`, that no guest holds; null: from now on there is none.',
    }),
    startRange: t.field({
      type: 'IPAddress',
      description: 'Another first address, inside of `cidr`. No address that is held may be left outside.',
    }),
    endRange: t.field({
      type: 'IPAddress',
      description: 'Another last address, inside of `cidr`. No address that is held may be left outside.',
    }),
  }),
});

builder.mutationFields((t) => ({
  createSubnet: t.field({
    role: 'admin',
    type: SubnetPayload,
    nullable: true,
    description: 'Creates a subnet, in a network or in none. ALREADY_EXISTS when a node of any kind has the id.',
    args: { input: t.arg({ type: CreateSubnetInput, required: true, description: 'The new subnet.' }) },
    resolve: (_root, args, context, info) => createSubnet(begin(context, args, info), args.input),
  }),
  updateSubnet: t.field({
    role: 'admin',
    type: SubnetPayload,
    nullable: true,
    description: 'Changes a subnet. Addresses that are held stay in its range.',
    args: { input: t.arg({ type: UpdateSubnetInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateSubnet(begin(context, args, info), args.input),
  }),
  deleteSubnet: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description:
      'Deletes a subnet, and takes it out of its network. IN_USE while an address of it is held, it is attached to a hypervisor, or the record of a guest names it.',
    args: {
      id: t.arg.id({ required: true, description: "The subnet's UUID, in any spelling." }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => deleteSubnet(begin(context, args, info), args),
  }),
}));
