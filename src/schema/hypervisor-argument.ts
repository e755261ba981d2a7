import type { ArgBuilder } from '@pothos/core';
import { builder, type SchemaTypes } from './builder.ts';
import { directionField, namedFilterFields } from './filter-argument.ts';
import { pageArguments } from './pagination.ts';

const HypervisorFilterInput = builder.inputType('HypervisorFilter', {
  description: 'All conditions that are given must hold; a null is the same as a condition left out.',
  fields: (t) => ({
    ...namedFilterFields(t),
    alive: t.boolean({ description: 'true: its heartbeat is there; false: it is dead.' }),
    schedulable: t.boolean({ description: 'true: placement may choose it; false: it is cordoned.' }),
    hasGuests: t.boolean({ description: "true: a guest's record names it; false: none does." }),
    ip: t.field({ type: 'IPAddress', description: 'Has this address.' }),
    mac: t.field({ type: 'MACAddress', description: 'Has this hardware address.' }),
    subnetId: t.id({ description: 'This subnet is attached to it.' }),
    networkId: t.id({ description: 'A subnet of this network is attached to it.' }),
  }),
});

const HypervisorSortFieldEnum = builder.enumType('HypervisorSortField', {
  description: 'What hypervisors can be ordered by.',
  values: {
    ID: { description: 'By id.' },
    NAME: { description: 'By `metadata.name`, upper case before lower case.' },
    IP: { description: 'By address, as numbers, IPv4 before IPv6.' },
    FREE_MEMORY: { description: 'By `freeResources.memory`.' },
    FREE_DISK: { description: 'By `freeResources.disk`.' },
    GUEST_COUNT: { description: 'By the number of `guests`.' },
  } as const,
});

const HypervisorOrderInput = builder.inputType('HypervisorOrder', {
  description: 'What to order hypervisors by.',
  fields: (t) => ({
    field: t.field({ type: HypervisorSortFieldEnum, required: true, description: 'What to compare.' }),
    direction: directionField(t),
  }),
});

export function hypervisorListArguments(arg: ArgBuilder<SchemaTypes>) {
  return {
    ...pageArguments(arg),
    filter: arg({ type: HypervisorFilterInput, description: 'Only those for which all of its conditions hold.' }),
    orderBy: arg({ type: HypervisorOrderInput, description: 'By id when it is left out.' }),
  };
}
