import { requireAddress } from '../resolvers/addressing.ts';
import { releaseAddress } from '../resolvers/mutation/address-release.ts';
import { reserveAddress } from '../resolvers/mutation/address-reserve.ts';
import { requireNode } from '../resolvers/require.ts';
import { AddressRef } from './addressing.ts';
import { builder } from './builder.ts';
import { begin } from './mutation.ts';
import { SubnetRef } from './refs.ts';
import { SubnetPayload } from './subnet-mutation.ts';

const AddressPayload = builder.objectRef<{ readonly subnetId: string; readonly ip: string }>('AddressPayload').implement({
  description: 'An address after a change, and its subnet.',
  fields: (t) => ({
    address: t.field({
      type: AddressRef,
      description: 'The address, and who holds it.',
      resolve: ({ subnetId, ip }, _args, context) => requireAddress(context, subnetId, ip),
    }),
    subnet: t.field({
      type: SubnetRef,
      description: 'The subnet as the commit left it.',
      resolve: ({ subnetId }, _args, context) => requireNode(context.loaders.SUBNET, subnetId),
    }),
  }),
});

builder.mutationFields((t) => ({
  reserveAddress: t.field({
    role: 'operator',
    type: AddressPayload,
    nullable: true,
    description:
      'Holds an address for an unplaced guest: placing it then takes this subnet and this address. INVALID_STATE when the guest is placed or has a reservation already, IN_USE when the address is held, NO_ADDRESS_AVAILABLE when the subnet is full.',
    args: {
      subnetId: t.arg.id({ required: true, description: "The UUID of a subnet of the guest's network, in any spelling." }),
      guestId: t.arg.id({ required: true, description: "The guest's UUID, in any spelling." }),
      ip: t.arg({
        type: 'IPAddress',
        description: "An address in the subnet's range, not its gateway. Any free one when it is left out.",
      }),
    },
    resolve: (_root, args, context, info) => reserveAddress(begin(context, args, info), args),
  }),
  releaseAddress: t.field({
    role: 'operator',
    type: SubnetPayload,
    nullable: true,
    description:
      'Frees an address: one that is reserved, or that another tool lost track of, as when its guest is gone. IN_USE while the guest that holds it has it in its record; unplace or delete that guest instead. A tool that is just about to place its guest with it is not seen.',
    args: {
      subnetId: t.arg.id({ required: true, description: "The subnet's UUID, in any spelling." }),
      ip: t.arg({ type: 'IPAddress', required: true, description: 'The address, also one outside the range.' }),
    },
    resolve: (_root, args, context, info) => releaseAddress(begin(context, args, info), args),
  }),
}));
