import { getNode, getNodes, largestNodeCount } from '../resolvers/node.ts';
import type { NodeKind } from '../store/keys.ts';
import { builder } from './builder.ts';
import { costs } from './field-cost.ts';
import { NodeRef } from './refs.ts';

const typeNames: Readonly<Record<NodeKind, string>> = {
  NETWORK: 'Network',
  SUBNET: 'Subnet',
  HYPERVISOR: 'Hypervisor',
  GUEST: 'Guest',
  FLAVOR: 'Flavor',
  FIREWALL_GROUP: 'FirewallGroup',
  VLAN: 'VLAN',
  VLAN_GROUP: 'VLANGroup',
  JOB: 'Job',
  CONFIG: 'ConfigEntry',
};

NodeRef.implement({
  description: 'Whatever can be asked for again by its id alone, with `node`.',
  resolveType: ({ kind }) => typeNames[kind],
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'Unique over all kinds: a UUID in lower case; a VLAN\'s is "vlan:<tag>", a config entry\'s "config:<key>".',
    }),
  }),
});

builder.queryFields((t) => ({
  node: t.field({
    type: NodeRef,
    nullable: true,
    description:
      'Any node by its id; null when there is none. Where one UUID is stored in two kinds, the first of network, subnet, hypervisor, guest, flavor, firewall group, VLAN group and job counts.',
    args: { id: t.arg.id({ required: true, description: 'A UUID in any spelling, "vlan:<tag>" or "config:<key>".' }) },
    resolve: (_root, { id }, context) => getNode(context, id),
  }),
  nodes: t.field({
    type: [NodeRef],
    extensions: costs({ size: { argument: 'ids' }, each: 20 }),
    nullable: { list: false, items: true },
    description: 'Many nodes by their ids, in the order of the ids; null for each that there is none for.',
    args: {
      ids: t.arg.idList({
        required: true,
        description: `At most ${largestNodeCount}, as for \`node\`; the same one may come twice.`,
      }),
    },
    resolve: (_root, { ids }, context) => getNodes(context, ids),
  }),
}));
