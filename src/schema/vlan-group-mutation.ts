import { createVLANGroup, deleteVLANGroup, updateVLANGroup } from '../resolvers/mutation/vlan-group.ts';
import { addVLANToGroup, removeVLANFromGroup } from '../resolvers/mutation/vlan-link.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, createFields, DeletePayload, ifRevisionArgument, updateFields } from './mutation.ts';
import { VLANGroupRef } from './refs.ts';
import { tagDescription, vlanDescriptionDescription } from './vlan-mutation.ts';

const VLANGroupPayload = builder.objectRef<{ readonly vlanGroupId: string }>('VLANGroupPayload').implement({
  description: 'A VLAN group after a change.',
  fields: (t) => ({
    vlanGroup: t.field({
      type: VLANGroupRef,
      description: 'The group as the commit left it.',
      resolve: ({ vlanGroupId }, _args, context) => requireNode(context.loaders.VLAN_GROUP, vlanGroupId),
    }),
  }),
});

const idDescription = "The group's UUID, in any spelling.";

const CreateVLANGroupInput = builder.inputType('CreateVLANGroupInput', {
  description: 'A new VLAN group.',
  fields: (t) => ({
    ...createFields(t),
    description: t.string({ required: true, defaultValue: '', description: vlanDescriptionDescription }),
    vlanTags: t.intList({
      required: true,
      defaultValue: [],
      description: 'The tags of the VLANs in it: 50 at most. Add more with `addVLANToGroup`.',
    }),
  }),
});

const UpdateVLANGroupInput = builder.inputType('UpdateVLANGroupInput', {
  description: 'Changes to a VLAN group. What is left out keeps its value.',
  fields: (t) => ({
    id: t.id({ required: true, description: idDescription }),
    description: t.string({ description: vlanDescriptionDescription }),
    ...updateFields(t),
  }),
});

builder.mutationFields((t) => ({
  createVLANGroup: t.field({
    role: 'admin',
    type: VLANGroupPayload,
    nullable: true,
    description:
      'Creates a VLAN group. ALREADY_EXISTS when a node of any kind has the id, NOT_FOUND when one of the VLANs is not there.',
    args: { input: t.arg({ type: CreateVLANGroupInput, required: true, description: 'The new group.' }) },
    resolve: (_root, args, context, info) => createVLANGroup(begin(context, args, info), args.input),
  }),
  updateVLANGroup: t.field({
    role: 'admin',
    type: VLANGroupPayload,
    nullable: true,
    description: 'Changes a VLAN group.',
    args: { input: t.arg({ type: UpdateVLANGroupInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateVLANGroup(begin(context, args, info), args.input),
  }),
  deleteVLANGroup: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description:
      'Deletes a VLAN group; its VLANs stay. IN_USE while a guest has it. Where it has more than 60 VLANs, some of them leave it before it goes.',
    args: { id: t.arg.id({ required: true, description: idDescription }), ifRevision: ifRevisionArgument(t.arg) },
    resolve: (_root, args, context, info) => deleteVLANGroup(begin(context, args, info), args),
  }),
  addVLANToGroup: t.field({
    role: 'admin',
    type: VLANGroupPayload,
    nullable: true,
    description: 'Adds a VLAN to a group. Nothing happens when it is in it already.',
    args: {
      vlanGroupId: t.arg.id({ required: true, description: idDescription }),
      tag: t.arg.int({ required: true, description: tagDescription }),
    },
    resolve: (_root, args, context, info) => addVLANToGroup(begin(context, args, info), args),
  }),
  removeVLANFromGroup: t.field({
    role: 'admin',
    type: VLANGroupPayload,
    nullable: true,
    description: 'Removes a VLAN from a group, also one that is gone itself. NOT_FOUND when it is not in the group.',
    args: {
      vlanGroupId: t.arg.id({ required: true, description: idDescription }),
      tag: t.arg.int({ required: true, description: tagDescription }),
    },
    resolve: (_root, args, context, info) => removeVLANFromGroup(begin(context, args, info), args),
  }),
}));
