import { createHypervisor, deleteHypervisor, updateHypervisor } from '../resolvers/mutation/hypervisor.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, createFields, DeletePayload, ifRevisionArgument, updateFields } from './mutation.ts';
import { HypervisorRef } from './refs.ts';
import { ResourcesInput } from './resources-input.ts';

export const HypervisorPayload = builder.objectRef<{ readonly hypervisorId: string }>('HypervisorPayload').implement({
  description: 'A hypervisor after a change.',
  fields: (t) => ({
    hypervisor: t.field({
      type: HypervisorRef,
      description: 'The hypervisor as the commit left it.',
      resolve: ({ hypervisorId }, _args, context) => requireNode(context.loaders.HYPERVISOR, hypervisorId),
    }),
  }),
});

const CreateHypervisorInput = builder.inputType('CreateHypervisorInput', {
  description: 'A new hypervisor.',
  fields: (t) => ({
    ...createFields(t),
    ip: t.field({ type: 'IPAddress', required: true, description: 'Its own address, at which its agent listens.' }),
    netmask: t.field({
      type: 'IPAddress',
      description: 'The mask of its network, of the same family as `ip`, such as "255.255.255.0".',
    }),
    gateway: t.field({ type: 'IPAddress', description: 'Its own way out.' }),
    mac: t.field({ type: 'MACAddress', description: 'The hardware address of its network card.' }),
    totalResources: t.field({
      type: ResourcesInput,
      description: 'What it has in all. Without it nothing, so that no guest fits until a heartbeat says more.',
    }),
    availableResources: t.field({
      type: ResourcesInput,
      description: 'What it has left; all of `totalResources` when it is left out.',
    }),
  }),
});

const UpdateHypervisorInput = builder.inputType('UpdateHypervisorInput', {
  description: 'Changes to a hypervisor. What is left out keeps its value, its resources too.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The hypervisor's UUID, in any spelling." }),
    ...updateFields(t),
    ip: t.field({ type: 'IPAddress', description: 'Another address, at which its agent listens from now on.' }),
    netmask: t.field({
      type: 'IPAddress',
      description: 'Another mask of its network, of the same family as its address; null: it is not known any more.',
    }),
    gateway: t.field({ type: 'IPAddress', description: 'Another way out of its own; null: it is not known any more.' }),
    mac: t.field({
      type: 'MACAddress',
      description: 'Another hardware address of its network card; null: it is not known any more.',
    }),
    totalResources: t.field({ type: ResourcesInput, description: 'What it has in all from now on.' }),
    availableResources: t.field({ type: ResourcesInput, description: 'What it has left from now on.' }),
  }),
});

builder.mutationFields((t) => ({
  createHypervisor: t.field({
    role: 'admin',
    type: HypervisorPayload,
    nullable: true,
    description:
      'Creates a hypervisor without subnets. It gets no guests before its first heartbeat. ALREADY_EXISTS when a node of any kind has the id.',
    args: { input: t.arg({ type: CreateHypervisorInput, required: true, description: 'The new hypervisor.' }) },
    resolve: (_root, args, context, info) => createHypervisor(begin(context, args, info), args.input),
  }),
  updateHypervisor: t.field({
    role: 'admin',
    type: HypervisorPayload,
    nullable: true,
    description: 'Changes a hypervisor.',
    args: { input: t.arg({ type: UpdateHypervisorInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateHypervisor(begin(context, args, info), args.input),
  }),
  deleteHypervisor: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description: 'Deletes a hypervisor with its config, its attachments and its heartbeat. IN_USE while it has guests.',
    args: {
      id: t.arg.id({ required: true, description: "The hypervisor's UUID, in any spelling." }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => deleteHypervisor(begin(context, args, info), args),
  }),
}));
