import type { ArgBuilder } from '@pothos/core';
import { builder, type SchemaTypes } from './builder.ts';
import { directionField, namedFilterFields } from './filter-argument.ts';
import { GuestStateEnum } from './guest-state.ts';
import { pageArguments } from './pagination.ts';

const GuestFilterInput = builder.inputType('GuestFilter', {
  description: 'All conditions that are given must hold; a null is the same as a condition left out.',
  fields: (t) => ({
    ...namedFilterFields(t),
    states: t.field({ type: [GuestStateEnum], description: 'Is in one of these states. An empty list finds nothing.' }),
    type: t.string({ description: 'Has exactly this type, such as "kvm".' }),
    networkId: t.id({ description: 'Is connected to this network.' }),
    subnetId: t.id({ description: 'Has its address from this subnet.' }),
    hypervisorId: t.id({ description: "Is placed on this hypervisor, as the guest's record says." }),
    flavorId: t.id({ description: 'Has this flavor.' }),
    imageId: t.id({ description: 'Has a flavor with this image.' }),
    firewallGroupId: t.id({ description: 'Is guarded by this firewall group.' }),
    vlanGroupId: t.id({ description: 'Is in this VLAN group.' }),
    ip: t.field({ type: 'IPAddress', description: 'Has this address.' }),
    mac: t.field({ type: 'MACAddress', description: 'Has this hardware address.' }),
    placed: t.boolean({ description: 'true: it has a hypervisor; false: it has none.' }),
  }),
});

const GuestSortFieldEnum = builder.enumType('GuestSortField', {
  description: 'What guests can be ordered by.',
  values: {
    ID: { description: 'By id.' },
    NAME: { description: 'By `metadata.name`, upper case before lower case.' },
    STATE: {
      description: "By the state's name: CREATING, DELETING, ERROR, PENDING, RUNNING, STOPPED, SUSPENDED, UNKNOWN, UNPLACED.",
    },
    IP: { description: 'By address, as numbers, IPv4 before IPv6.' },
    HYPERVISOR: { description: 'By the id of its hypervisor, so that the guests of each one come together.' },
  } as const,
});

const GuestOrderInput = builder.inputType('GuestOrder', {
  description: 'What to order guests by.',
  fields: (t) => ({
    field: t.field({ type: GuestSortFieldEnum, required: true, description: 'What to compare.' }),
    direction: directionField(t),
  }),
});

export function guestFilterArgument(arg: ArgBuilder<SchemaTypes>) {
  return { filter: arg({ type: GuestFilterInput, description: 'Only those for which all of its conditions hold.' }) };
}

export function guestListArguments(arg: ArgBuilder<SchemaTypes>) {
  return {
    ...pageArguments(arg),
    ...guestFilterArgument(arg),
    orderBy: arg({ type: GuestOrderInput, description: 'By id when it is left out.' }),
  };
}
