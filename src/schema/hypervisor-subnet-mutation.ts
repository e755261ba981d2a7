import type { ArgBuilder } from '@pothos/core';
import { attachSubnet, detachSubnet } from '../resolvers/mutation/hypervisor-subnet.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { HypervisorPayload } from './hypervisor-mutation.ts';
import { begin } from './mutation.ts';

builder.mutationFields((t) => ({
  attachSubnet: t.field({
    role: 'admin',
    type: HypervisorPayload,
    nullable: true,
    description:
      'Lets guests with an address of a subnet run on a hypervisor. Attached again with another bridge it changes that; IN_USE while a guest there is connected to it.',
    args: {
      ...hypervisorSubnetArguments(t.arg),
      bridge: t.arg.string({
        required: true,
        description:
          'The network bridge on the hypervisor that those guests are connected to, such as "br0": 1 to 15 bytes without white space and "/".',
      }),
    },
    resolve: (_root, args, context, info) => attachSubnet(begin(context, args, info), args),
  }),
  detachSubnet: t.field({
    role: 'admin',
    type: HypervisorPayload,
    nullable: true,
    description:
      'Undoes `attachSubnet`, also when the subnet is gone. IN_USE while a guest there has an address of it, NOT_FOUND when it is not attached. When the hypervisor is gone it removes the attachment that was left behind, and answers null without an error.',
    args: hypervisorSubnetArguments(t.arg),
    resolve: (_root, args, context, info) => detachSubnet(begin(context, args, info), args),
  }),
}));

function hypervisorSubnetArguments(arg: ArgBuilder<SchemaTypes>) {
  return {
    hypervisorId: arg.id({ required: true, description: "The hypervisor's UUID, in any spelling." }),
    subnetId: arg.id({ required: true, description: "The subnet's UUID, in any spelling." }),
  };
}
