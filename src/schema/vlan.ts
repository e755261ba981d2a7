import { getVLAN, listVLANs } from '../resolvers/vlan.ts';
import { listGroupsOfVLAN } from '../resolvers/vlan-group.ts';
import { builder } from './builder.ts';
import { costs, linksWeight } from './field-cost.ts';
import { revisionField } from './node-field.ts';
import { pageArguments } from './pagination.ts';
import { NodeRef, VLANRef } from './refs.ts';
import { VLANConnection, VLANGroupConnection } from './vlan-connection.ts';

VLANRef.implement({
  description: 'A virtual LAN as IEEE 802.1Q tags it.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...revisionField(t),
    tag: t.exposeInt('tag', { description: 'The number on its frames: 1 to 4095.' }),
    description: t.exposeString('description', { description: 'What it is for, in words for people; may be empty.' }),
    groups: t.field({
      type: VLANGroupConnection,
      extensions: costs({ weight: linksWeight }),
      description: 'The groups that it is in, by id.',
      args: pageArguments(t.arg),
      resolve: (vlan, args, context) => listGroupsOfVLAN(context, vlan, args),
    }),
  }),
});

builder.queryFields((t) => ({
  vlan: t.field({
    type: VLANRef,
    nullable: true,
    description: 'One VLAN by its tag; null when there is none.',
    args: { tag: t.arg.int({ required: true, description: 'A number from 1 to 4095.' }) },
    resolve: (_root, { tag }, context) => getVLAN(context, tag),
  }),
  vlans: t.field({
    type: VLANConnection,
    description: 'All VLANs, by tag.',
    args: pageArguments(t.arg),
    resolve: (_root, args, context) => listVLANs(context, args),
  }),
}));
