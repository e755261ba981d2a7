import { getFlavor, listFlavors } from '../resolvers/flavor.ts';
import { listGuestsOf } from '../resolvers/guest.ts';
import { builder } from './builder.ts';
import { namedFilterFields } from './filter-argument.ts';
import { GuestConnection } from './guest.ts';
import { guestListArguments } from './guest-argument.ts';
import { namedFields } from './node-field.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { FlavorRef, NodeRef } from './refs.ts';
import { ResourcesRef } from './resources.ts';

FlavorRef.implement({
  description: 'A size and an image that guests are made of.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...namedFields(t),
    imageId: t.exposeID('imageId', { description: 'The UUID of the disk image that its guests start from.' }),
    resources: t.expose('resources', {
      type: ResourcesRef,
      description: 'What each guest of this flavor takes of its hypervisor.',
    }),
    guests: t.field({
      type: GuestConnection,
      description: 'The guests that have this flavor, placed or not.',
      args: guestListArguments(t.arg),
      resolve: ({ id }, args, context) => listGuestsOf(context, { field: 'flavorId', id, args }),
    }),
  }),
});

const FlavorConnection = connectionOf({ name: 'Flavor', things: 'flavors', node: FlavorRef });

const FlavorFilterInput = builder.inputType('FlavorFilter', {
  description: 'All conditions that are given must hold; a null is the same as a condition left out.',
  fields: (t) => ({
    ...namedFilterFields(t),
    imageId: t.id({ description: 'Has this image.' }),
  }),
});

builder.queryFields((t) => ({
  flavor: t.field({
    type: FlavorRef,
    nullable: true,
    description: 'One flavor by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The flavor's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getFlavor(context, id),
  }),
  flavors: t.field({
    type: FlavorConnection,
    description: 'All flavors, by id.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: FlavorFilterInput, description: 'Only those for which all of its conditions hold.' }),
    },
    resolve: (_root, args, context) => listFlavors(context, args),
  }),
}));
