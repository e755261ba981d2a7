import { updateGuest } from '../resolvers/mutation/guest.ts';
import { unplaceGuest } from '../resolvers/mutation/guest-unplace.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, updateFields } from './mutation.ts';
import { GuestRef } from './refs.ts';

export const GuestPayload = builder.objectRef<{ readonly guestId: string }>('GuestPayload').implement({
  description: 'A guest after a change.',
  fields: (t) => ({
    guest: t.field({
      type: GuestRef,
      description: 'The guest as the commit left it.',
      resolve: ({ guestId }, _args, context) => requireNode(context.loaders.GUEST, guestId),
    }),
  }),
});

const UpdateGuestInput = builder.inputType('UpdateGuestInput', {
  description: 'Changes to a guest. What is left out keeps its value.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The guest's UUID, in any spelling." }),
    ...updateFields(t),
    type: t.string({ description: 'How it is run, such as "kvm" or "container": 1 to 64 characters.' }),
    flavorId: t.id({ description: 'The id of another flavor. Only while the guest is unplaced; else INVALID_STATE.' }),
    firewallGroupId: t.id({ description: 'The id of its firewall group; null takes it out of its group.' }),
    vlanGroupId: t.id({ description: 'The id of its VLAN group; null takes it out of its group.' }),
    mac: t.field({
      type: 'MACAddress',
      description:
        'The hardware address of its network card. A guest always has one: null gives it the one that follows from its id, which new guests have.',
    }),
  }),
});

builder.mutationFields((t) => ({
  updateGuest: t.field({
    role: 'operator',
    type: GuestPayload,
    nullable: true,
    description: 'Changes the record of a guest. What already runs on its hypervisor is not told.',
    args: { input: t.arg({ type: UpdateGuestInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateGuest(begin(context, args, info), args.input),
  }),
  unplaceGuest: t.field({
    role: 'operator',
    type: GuestPayload,
    nullable: true,
    description:
      'Takes a guest off its hypervisor in the store alone: its address is free again, its jobs that nobody has begun are gone. The agent hears nothing of it: whoever asks for this must know that nothing runs there. It is INVALID_STATE on a living hypervisor unless the guest is PENDING, ERROR or UNKNOWN, and while one of its jobs is worked on. Of a guest that is unplaced already it removes what another tool left of an earlier placement; where nothing is left that is INVALID_STATE too.',
    args: { guestId: t.arg.id({ required: true, description: "The guest's UUID, in any spelling." }) },
    resolve: (_root, args, context, info) => unplaceGuest(begin(context, args, info), args),
  }),
}));
