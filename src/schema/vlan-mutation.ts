import { createVLAN, deleteVLAN, updateVLAN } from '../resolvers/mutation/vlan.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, DeletePayload, ifRevisionArgument, ifRevisionField } from './mutation.ts';
import { VLANRef } from './refs.ts';

const VLANPayload = builder.objectRef<{ readonly name: string }>('VLANPayload').implement({
  description: 'A VLAN after a change.',
  fields: (t) => ({
    vlan: t.field({
      type: VLANRef,
      description: 'The VLAN as the commit left it.',
      resolve: ({ name }, _args, context) => requireNode(context.loaders.VLAN, name),
    }),
  }),
});

export const tagDescription = "The VLAN's number on frames: 1 to 4095.";
export const vlanDescriptionDescription = 'What it is for, in words for people: 64 KiB at most; may be empty.';

const CreateVLANInput = builder.inputType('CreateVLANInput', {
  description: 'A new VLAN.',
  fields: (t) => ({
    tag: t.int({ required: true, description: tagDescription }),
    description: t.string({ required: true, defaultValue: '', description: vlanDescriptionDescription }),
  }),
});

const UpdateVLANInput = builder.inputType('UpdateVLANInput', {
  description: 'Changes to a VLAN. Its tag stays: it is what the VLAN is.',
  fields: (t) => ({
    tag: t.int({ required: true, description: tagDescription }),
    description: t.string({ required: true, description: vlanDescriptionDescription }),
    ...ifRevisionField(t),
  }),
});

builder.mutationFields((t) => ({
  createVLAN: t.field({
    role: 'admin',
    type: VLANPayload,
    nullable: true,
    description: 'Creates a VLAN that is in no group yet. ALREADY_EXISTS when there is one with its tag.',
    args: { input: t.arg({ type: CreateVLANInput, required: true, description: 'The new VLAN.' }) },
    resolve: (_root, args, context, info) => createVLAN(begin(context, args, info), args.input),
  }),
  updateVLAN: t.field({
    role: 'admin',
    type: VLANPayload,
    nullable: true,
    description: 'Changes a VLAN.',
    args: { input: t.arg({ type: UpdateVLANInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateVLAN(begin(context, args, info), args.input),
  }),
  deleteVLAN: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description: 'Deletes a VLAN, which leaves its groups. Where these are more than 60, it leaves some of them before it goes.',
    args: { tag: t.arg.int({ required: true, description: tagDescription }), ifRevision: ifRevisionArgument(t.arg) },
    resolve: (_root, args, context, info) => deleteVLAN(begin(context, args, info), args),
  }),
}));
