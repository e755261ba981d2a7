import type { ArgBuilder } from '@pothos/core';
import { addSubnetToNetwork, removeSubnetFromNetwork } from '../resolvers/mutation/network-subnet.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { begin } from './mutation.ts';
import { SubnetPayload } from './subnet-mutation.ts';

builder.mutationFields((t) => ({
  addSubnetToNetwork: t.field({
    role: 'admin',
    type: SubnetPayload,
    nullable: true,
    description:
      'Puts a subnet into a network; it succeeds when it is there already. INVALID_STATE when another network has it (`state` is LINKED, `networkId` says which one), BAD_USER_INPUT when it overlaps a subnet of the network.',
    args: networkSubnetArguments(t.arg),
    resolve: (_root, args, context, info) => addSubnetToNetwork(begin(context, args, info), args),
  }),
  removeSubnetFromNetwork: t.field({
    role: 'admin',
    type: SubnetPayload,
    nullable: true,
    description:
      'Takes a subnet out of a network. IN_USE while an address of it is held, NOT_FOUND when it is not in that network. Of a subnet that was deleted it removes what the network kept of it, and answers null without an error.',
    args: networkSubnetArguments(t.arg),
    resolve: (_root, args, context, info) => removeSubnetFromNetwork(begin(context, args, info), args),
  }),
}));

function networkSubnetArguments(arg: ArgBuilder<SchemaTypes>) {
  return {
    networkId: arg.id({ required: true, description: "The network's UUID, in any spelling." }),
    subnetId: arg.id({ required: true, description: "The subnet's UUID, in any spelling." }),
  };
}
