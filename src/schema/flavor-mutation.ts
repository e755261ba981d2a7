import { createFlavor, deleteFlavor, updateFlavor } from '../resolvers/mutation/flavor.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, createFields, DeletePayload, ifRevisionArgument, updateFields } from './mutation.ts';
import { FlavorRef } from './refs.ts';
import { ResourcesInput } from './resources-input.ts';

const FlavorPayload = builder.objectRef<{ readonly flavorId: string }>('FlavorPayload').implement({
  description: 'A flavor after a change.',
  fields: (t) => ({
    flavor: t.field({
      type: FlavorRef,
      description: 'The flavor as the commit left it.',
      resolve: ({ flavorId }, _args, context) => requireNode(context.loaders.FLAVOR, flavorId),
    }),
  }),
});

const resourcesDescription = 'What each guest of this flavor takes of its hypervisor.';

const CreateFlavorInput = builder.inputType('CreateFlavorInput', {
  description: 'A new flavor.',
  fields: (t) => ({
    ...createFields(t),
    imageId: t.id({ required: true, description: 'The UUID of the disk image that its guests start from, in any spelling.' }),
    resources: t.field({ type: ResourcesInput, required: true, description: resourcesDescription }),
  }),
});

const UpdateFlavorInput = builder.inputType('UpdateFlavorInput', {
  description: 'Changes to a flavor. What is left out keeps its value.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The flavor's UUID, in any spelling." }),
    imageId: t.id({ description: 'The UUID of another disk image, for guests that start from now on.' }),
    resources: t.field({ type: ResourcesInput, description: `${resourcesDescription} They stay while a placed guest has it.` }),
    ...updateFields(t),
  }),
});

builder.mutationFields((t) => ({
  createFlavor: t.field({
    role: 'admin',
    type: FlavorPayload,
    nullable: true,
    description: 'Creates a flavor. ALREADY_EXISTS when a node of any kind has the id.',
    args: { input: t.arg({ type: CreateFlavorInput, required: true, description: 'The new flavor.' }) },
    resolve: (_root, args, context, info) => createFlavor(begin(context, args, info), args.input),
  }),
  updateFlavor: t.field({
    role: 'admin',
    type: FlavorPayload,
    nullable: true,
    description: 'Changes a flavor. IN_USE when its resources would change while a placed guest has it.',
    args: { input: t.arg({ type: UpdateFlavorInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateFlavor(begin(context, args, info), args.input),
  }),
  deleteFlavor: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description: 'Deletes a flavor. IN_USE while a guest has it, placed or not.',
    args: {
      id: t.arg.id({ required: true, description: "The flavor's UUID, in any spelling." }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => deleteFlavor(begin(context, args, info), args),
  }),
}));
