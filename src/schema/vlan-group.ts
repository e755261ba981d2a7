import { listGuestsOf } from '../resolvers/guest.ts';
import { listVLANsOfGroup } from '../resolvers/vlan.ts';
import { getVLANGroup, listVLANGroups } from '../resolvers/vlan-group.ts';
import { builder } from './builder.ts';
import { costs, linksWeight } from './field-cost.ts';
import { NameFilterInput } from './filter-argument.ts';
import { GuestConnection } from './guest.ts';
import { guestListArguments } from './guest-argument.ts';
import { namedFields } from './node-field.ts';
import { pageArguments } from './pagination.ts';
import { NodeRef, VLANGroupRef } from './refs.ts';
import { VLANConnection, VLANGroupConnection } from './vlan-connection.ts';

VLANGroupRef.implement({
  description: 'VLANs that guests join together.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...namedFields(t),
    description: t.exposeString('description', { description: 'What it is for, in words for people; may be empty.' }),
    vlans: t.field({
      type: VLANConnection,
      extensions: costs({ weight: linksWeight }),
      description: 'The VLANs in it, by tag.',
      args: pageArguments(t.arg),
      resolve: (group, args, context) => listVLANsOfGroup(context, group, args),
    }),
    guests: t.field({
      type: GuestConnection,
      description: 'The guests whose record names this group.',
      args: guestListArguments(t.arg),
      resolve: ({ id }, args, context) => listGuestsOf(context, { field: 'vlanGroupId', id, args }),
    }),
  }),
});

builder.queryFields((t) => ({
  vlanGroup: t.field({
    type: VLANGroupRef,
    nullable: true,
    description: 'One VLAN group by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The group's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getVLANGroup(context, id),
  }),
  vlanGroups: t.field({
    type: VLANGroupConnection,
    description: 'All VLAN groups, by id.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: NameFilterInput, description: 'Only those for which all of its conditions hold.' }),
    },
    resolve: (_root, args, context) => listVLANGroups(context, args),
  }),
}));
