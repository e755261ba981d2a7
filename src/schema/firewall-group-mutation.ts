import { createFirewallGroup, deleteFirewallGroup, updateFirewallGroup } from '../resolvers/mutation/firewall-group.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, createFields, DeletePayload, ifRevisionArgument, updateFields } from './mutation.ts';
import { FirewallGroupRef } from './refs.ts';

const FirewallGroupPayload = builder.objectRef<{ readonly firewallGroupId: string }>('FirewallGroupPayload').implement({
  description: 'A firewall group after a change.',
  fields: (t) => ({
    firewallGroup: t.field({
      type: FirewallGroupRef,
      description: 'The group as the commit left it.',
      resolve: ({ firewallGroupId }, _args, context) => requireNode(context.loaders.FIREWALL_GROUP, firewallGroupId),
    }),
  }),
});

const FirewallRuleInput = builder.inputType('FirewallRuleInput', {
  description:
    'One rule for the traffic to a guest. One that is equal to a stored rule of the group always passes, whatever another tool stored.',
  fields: (t) => ({
    source: t.field({ type: 'CIDR', description: 'Traffic from this network; from anywhere when it is left out.' }),
    sourceGroupId: t.id({
      description: 'Traffic from the guests of this firewall group, by its UUID in any spelling; it may be the group itself.',
    }),
    portStart: t.int({ required: true, description: 'The first port that it is about: 0 to 65535, at most `portEnd`.' }),
    portEnd: t.int({ required: true, description: 'The last port that it is about: 0 to 65535.' }),
    protocol: t.string({
      required: true,
      description: 'One of "tcp", "udp", "icmp" and "icmpv6", or the number of a protocol: "0" to "255".',
    }),
    action: t.string({ required: true, description: 'What happens to such traffic: "allow" or "deny".' }),
  }),
});

const CreateFirewallGroupInput = builder.inputType('CreateFirewallGroupInput', {
  description: 'A new firewall group.',
  fields: (t) => ({
    ...createFields(t),
    rules: t.field({
      type: [FirewallRuleInput],
      required: true,
      defaultValue: [],
      description: 'Its rules, in their order: 1,000 at most, which may name 50 other groups.',
    }),
  }),
});

const UpdateFirewallGroupInput = builder.inputType('UpdateFirewallGroupInput', {
  description: 'Changes to a firewall group. What is left out keeps its value.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The group's UUID, in any spelling." }),
    rules: t.field({
      type: [FirewallRuleInput],
      description:
        'All of its rules from now on, in their order, in place of those that it has: 1,000 at most, of which the new ones may name 50 other groups.',
    }),
    ...updateFields(t),
  }),
});

builder.mutationFields((t) => ({
  createFirewallGroup: t.field({
    role: 'admin',
    type: FirewallGroupPayload,
    nullable: true,
    description:
      'Creates a firewall group. ALREADY_EXISTS when a node of any kind has the id, NOT_FOUND when a rule names a group that is not there.',
    args: { input: t.arg({ type: CreateFirewallGroupInput, required: true, description: 'The new group.' }) },
    resolve: (_root, args, context, info) => createFirewallGroup(begin(context, args, info), args.input),
  }),
  updateFirewallGroup: t.field({
    role: 'admin',
    type: FirewallGroupPayload,
    nullable: true,
    description: 'Changes a firewall group. NOT_FOUND also when a new rule names a group that is not there.',
    args: { input: t.arg({ type: UpdateFirewallGroupInput, required: true, description: 'What to change.' }) },
    resolve: (_root, args, context, info) => updateFirewallGroup(begin(context, args, info), args.input),
  }),
  deleteFirewallGroup: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description: 'Deletes a firewall group. IN_USE while a guest has it or a rule of another group names it.',
    args: {
      id: t.arg.id({ required: true, description: "The group's UUID, in any spelling." }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => deleteFirewallGroup(begin(context, args, info), args),
  }),
}));
