import { getFirewallGroup, listFirewallGroups } from '../resolvers/firewall-group.ts';
import { listGuestsOf } from '../resolvers/guest.ts';
import type { FirewallRule } from '../store/entities/firewall-group.ts';
import { builder } from './builder.ts';
import { costs } from './field-cost.ts';
import { NameFilterInput } from './filter-argument.ts';
import { GuestConnection } from './guest.ts';
import { guestListArguments } from './guest-argument.ts';
import { namedFields } from './node-field.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { FirewallGroupRef, NodeRef } from './refs.ts';

const FirewallRuleRef = builder.objectRef<FirewallRule>('FirewallRule').implement({
  description: 'One rule for the traffic to a guest. Without a source it is about traffic from anywhere.',
  fields: (t) => ({
    source: t.expose('source', {
      type: 'CIDR',
      nullable: true,
      description: 'Traffic from this network; null when the rule is not about one.',
    }),
    sourceGroupId: t.exposeID('sourceGroupId', {
      nullable: true,
      description: 'The id of `sourceGroup`, also when there is no such group; null when the rule is not about one.',
    }),
    sourceGroup: t.field({
      type: FirewallGroupRef,
      nullable: true,
      description: 'Traffic from the guests of this group; null when the rule is not about one, or when that group is gone.',
      resolve: ({ sourceGroupId }, _args, context) => context.loaders.FIREWALL_GROUP.follow(sourceGroupId),
    }),
    portStart: t.exposeInt('portStart', { description: 'The first port that it is about.' }),
    portEnd: t.exposeInt('portEnd', { description: 'The last port that it is about.' }),
    protocol: t.exposeString('protocol', { description: 'Such as "tcp", "udp" or "icmp"; may be empty.' }),
    action: t.exposeString('action', { description: 'What happens to such traffic: "allow" or "deny"; may be empty.' }),
  }),
});

FirewallGroupRef.implement({
  description: 'Rules for the traffic to guests. A guest has at most one group.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...namedFields(t),
    rules: t.expose('rules', {
      type: [FirewallRuleRef],
      extensions: costs({ size: 10 }),
      description: 'The rules, in their order.',
    }),
    guests: t.field({
      type: GuestConnection,
      description: 'The guests that this group guards.',
      args: guestListArguments(t.arg),
      resolve: ({ id }, args, context) => listGuestsOf(context, { field: 'firewallGroupId', id, args }),
    }),
  }),
});

const FirewallGroupConnection = connectionOf({ name: 'FirewallGroup', things: 'firewall groups', node: FirewallGroupRef });

builder.queryFields((t) => ({
  firewallGroup: t.field({
    type: FirewallGroupRef,
    nullable: true,
    description: 'One firewall group by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The group's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getFirewallGroup(context, id),
  }),
  firewallGroups: t.field({
    type: FirewallGroupConnection,
    description: 'All firewall groups, by id.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: NameFilterInput, description: 'Only those for which all of its conditions hold.' }),
    },
    resolve: (_root, args, context) => listFirewallGroups(context, args),
  }),
}));
