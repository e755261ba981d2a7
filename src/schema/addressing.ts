import { type Address, ownerOf } from '../resolvers/addressing.ts';
import type { AddressCounts } from '../store/values/addressing.ts';
import { builder } from './builder.ts';
import { connectionOf } from './pagination.ts';
import { GuestRef } from './refs.ts';

export const SubnetAddressingRef = builder.objectRef<AddressCounts>('SubnetAddressing').implement({
  description:
    'How many addresses a subnet has and how many are taken. A subnet of IPv6 may have more than 2^53, which come as strings.',
  fields: (t) => ({
    total: t.expose('total', { type: 'BigInt', description: 'Addresses in the range, but for the gateway.' }),
    used: t.expose('used', { type: 'BigInt', description: 'All addresses that are held, those outside the range too.' }),
    available: t.expose('available', { type: 'BigInt', description: '`total` less the held ones among them.' }),
    utilization: t.exposeFloat('utilization', {
      description: '1 - available / total: from 0 (unused) to 1 (full); 0 for an empty range.',
    }),
  }),
});

export const AddressRef = builder.objectRef<Address>('Address').implement({
  description: 'An address of a subnet that is held.',
  fields: (t) => ({
    ip: t.expose('ip', { type: 'IPAddress', description: 'The address.' }),
    ownerId: t.exposeID('ownerId', {
      description: 'The id of the guest that holds it, as it is stored, also when there is no such guest.',
    }),
    guest: t.field({
      type: GuestRef,
      nullable: true,
      description: 'The guest that holds it; null when there is none, as after a tool that lost track of it.',
      resolve: (address, _args, context) => ownerOf(context, address),
    }),
  }),
});

export const AddressConnection = connectionOf({ name: 'Address', things: 'held addresses', node: AddressRef });
