import { getAddress, listAddresses, listAvailableAddresses, subnetAddressing } from '../resolvers/addressing.ts';
import { listGuestsOf } from '../resolvers/guest.ts';
import { getSubnet, listSubnets } from '../resolvers/subnet.ts';
import { listAttachmentsOfSubnet } from '../resolvers/subnet-attachment.ts';
import { AddressConnection, AddressRef, SubnetAddressingRef } from './addressing.ts';
import { builder } from './builder.ts';
import { addressesWeight, addressWeight, costs, linksWeight } from './field-cost.ts';
import { GuestConnection } from './guest.ts';
import { guestListArguments } from './guest-argument.ts';
import { namedFields } from './node-field.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { NetworkRef, NodeRef, SubnetRef } from './refs.ts';
import { subnetListArguments } from './subnet-argument.ts';
import { SubnetAttachmentConnection } from './subnet-attachment.ts';

SubnetRef.implement({
  description: 'A range of addresses of a network, from which guests get theirs when they are placed.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...namedFields(t),
    networkId: t.exposeID('networkId', {
      nullable: true,
      description: 'The id of its network, as its record has it; null while no network has it.',
    }),
    network: t.field({
      type: NetworkRef,
      nullable: true,
      description: 'Its network; null while no network has it, or when that one is gone.',
      resolve: ({ networkId }, _args, context) => context.loaders.NETWORK.follow(networkId),
    }),
    cidr: t.expose('cidr', {
      type: 'CIDR',
      description: 'The network that all of its addresses lie in, such as "10.10.1.0/24".',
    }),
    gateway: t.expose('gateway', {
      type: 'IPAddress',
      nullable: true,
      description: "The guests' way out, never handed out to one of them; null when it has none. It may lie outside the range.",
    }),
    startRange: t.expose('startRange', { type: 'IPAddress', description: 'The first address that a guest may get.' }),
    endRange: t.expose('endRange', { type: 'IPAddress', description: 'The last address that a guest may get.' }),
    addressing: t.field({
      type: SubnetAddressingRef,
      extensions: costs({ weight: addressesWeight }),
      description: 'How many addresses it has and how many are taken.',
      resolve: (subnet, _args, context) => subnetAddressing(context, subnet),
    }),
    addresses: t.field({
      type: AddressConnection,
      extensions: costs({ weight: addressesWeight }),
      description: 'The addresses that are held, in address order.',
      args: pageArguments(t.arg),
      resolve: (subnet, args, context) => listAddresses(context, subnet, args),
    }),
    address: t.field({
      type: AddressRef,
      nullable: true,
      extensions: costs({ weight: addressWeight }),
      description: 'Who holds this address; null when it is free.',
      args: { ip: t.arg({ type: 'IPAddress', required: true, description: 'The address, such as "10.10.1.47".' }) },
      resolve: (subnet, { ip }, context) => getAddress(context, subnet, ip),
    }),
    availableAddresses: t.field({
      type: ['IPAddress'],
      extensions: costs({ weight: addressesWeight, size: { argument: 'first' } }),
      description:
        'The first free addresses, in address order: in the range, held by nobody, not the gateway. Empty when the subnet is full.',
      args: { first: t.arg.int({ required: true, defaultValue: 10, description: 'How many at most: 0 to 1,000.' }) },
      resolve: (subnet, { first }, context) => listAvailableAddresses(context, subnet, first),
    }),
    hypervisorAttachments: t.field({
      type: SubnetAttachmentConnection,
      extensions: costs({ weight: linksWeight }),
      description: 'The hypervisors that guests of this subnet can run on, by hypervisor id.',
      args: pageArguments(t.arg),
      resolve: (subnet, args, context) => listAttachmentsOfSubnet(context, subnet, args),
    }),
    guests: t.field({
      type: GuestConnection,
      description: 'The guests whose record names this subnet.',
      args: guestListArguments(t.arg),
      resolve: ({ id }, args, context) => listGuestsOf(context, { field: 'subnetId', id, args }),
    }),
  }),
});

export const SubnetConnection = connectionOf({ name: 'Subnet', things: 'subnets', node: SubnetRef });

builder.queryFields((t) => ({
  subnet: t.field({
    type: SubnetRef,
    nullable: true,
    description: 'One subnet by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The subnet's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getSubnet(context, id),
  }),
  subnets: t.field({
    type: SubnetConnection,
    description: 'All subnets, by id unless `orderBy` says else.',
    args: subnetListArguments(t.arg),
    resolve: (_root, args, context) => listSubnets(context, args),
  }),
}));
