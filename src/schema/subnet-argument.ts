import type { ArgBuilder } from '@pothos/core';
import { builder, type SchemaTypes } from './builder.ts';
import { directionField, namedFilterFields } from './filter-argument.ts';
import { pageArguments } from './pagination.ts';

const SubnetFilterInput = builder.inputType('SubnetFilter', {
  description: 'All conditions that are given must hold; a null is the same as a condition left out.',
  fields: (t) => ({
    ...namedFilterFields(t),
    networkId: t.id({ description: 'Belongs to this network.' }),
    containsAddress: t.field({
      type: 'IPAddress',
      description: 'Its `cidr` contains this address, whether or not the address is in its range.',
    }),
    hasAvailableAddresses: t.boolean({ description: 'true: an address is free; false: it is full.' }),
    minUtilization: t.float({
      description: 'Its utilization is at least this, from 0 (unused) to 1 (full): 0.9 finds those that are nearly full.',
    }),
  }),
});

const SubnetSortFieldEnum = builder.enumType('SubnetSortField', {
  description: 'What subnets can be ordered by.',
  values: {
    ID: { description: 'By id.' },
    NAME: { description: 'By `metadata.name`, upper case before lower case.' },
    CIDR: {
      description: 'By the first address of the network, IPv4 before IPv6; of networks that begin together the larger one first.',
    },
    UTILIZATION: { description: 'By the share of its addresses that is taken.' },
    AVAILABLE: { description: 'By the number of its free addresses.' },
  } as const,
});

const SubnetOrderInput = builder.inputType('SubnetOrder', {
  description: 'What to order subnets by.',
  fields: (t) => ({
    field: t.field({ type: SubnetSortFieldEnum, required: true, description: 'What to compare.' }),
    direction: directionField(t),
  }),
});

export function subnetListArguments(arg: ArgBuilder<SchemaTypes>) {
  return {
    ...pageArguments(arg),
    filter: arg({ type: SubnetFilterInput, description: 'Only those for which all of its conditions hold.' }),
    orderBy: arg({ type: SubnetOrderInput, description: 'By id when it is left out.' }),
  };
}
