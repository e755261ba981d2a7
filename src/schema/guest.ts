import { getAgentGuest } from '../resolvers/agent-guest.ts';
import { getGuest, listGuests } from '../resolvers/guest.ts';
import { listJobsOfGuest } from '../resolvers/job.ts';
import { AgentGuestRef } from './agent-guest.ts';
import { builder } from './builder.ts';
import { askWeight, costs } from './field-cost.ts';
import { guestListArguments } from './guest-argument.ts';
import { GuestStateEnum } from './guest-state.ts';
import { JobConnection } from './job.ts';
import { namedFields } from './node-field.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { FirewallGroupRef, FlavorRef, GuestRef, HypervisorRef, NetworkRef, NodeRef, SubnetRef, VLANGroupRef } from './refs.ts';

GuestRef.implement({
  description:
    'A virtual machine or container. It exists unplaced, until placement gives it a hypervisor, a subnet and an address.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...namedFields(t),
    type: t.exposeString('type', { description: 'How it is run, such as "kvm" or "container"; may be empty.' }),
    state: t.expose('state', { type: GuestStateEnum, description: 'What it is doing, as last recorded.' }),
    stateObservedAt: t.expose('stateObservedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When this state was first seen; null when nobody recorded it, as for UNPLACED and UNKNOWN.',
    }),
    flavorId: t.exposeID('flavorId', { description: 'The id of its flavor, also when there is no such flavor.' }),
    flavor: t.field({
      type: FlavorRef,
      nullable: true,
      description: 'Its size and image; null when that flavor is gone.',
      resolve: ({ flavorId }, _args, context) => context.loaders.FLAVOR.follow(flavorId),
    }),
    networkId: t.exposeID('networkId', { description: 'The id of its network, also when there is no such network.' }),
    network: t.field({
      type: NetworkRef,
      nullable: true,
      description: 'The network that it is connected to; null when that one is gone.',
      resolve: ({ networkId }, _args, context) => context.loaders.NETWORK.follow(networkId),
    }),
    hypervisorId: t.exposeID('hypervisorId', {
      nullable: true,
      description: 'The id of its hypervisor; null while it is unplaced.',
    }),
    hypervisor: t.field({
      type: HypervisorRef,
      nullable: true,
      description: 'Where it runs; null while it is unplaced, or when that hypervisor is gone.',
      resolve: ({ hypervisorId }, _args, context) => context.loaders.HYPERVISOR.follow(hypervisorId),
    }),
    subnetId: t.exposeID('subnetId', {
      nullable: true,
      description: 'The id of the subnet of its address; null while it is unplaced.',
    }),
    subnet: t.field({
      type: SubnetRef,
      nullable: true,
      description: 'The subnet of its address; null while it is unplaced, or when that subnet is gone.',
      resolve: ({ subnetId }, _args, context) => context.loaders.SUBNET.follow(subnetId),
    }),
    firewallGroupId: t.exposeID('firewallGroupId', {
      nullable: true,
      description: 'The id of its firewall group; null when it has none.',
    }),
    firewallGroup: t.field({
      type: FirewallGroupRef,
      nullable: true,
      description: 'The rules for its traffic; null when it has none, or when that group is gone.',
      resolve: ({ firewallGroupId }, _args, context) => context.loaders.FIREWALL_GROUP.follow(firewallGroupId),
    }),
    vlanGroupId: t.exposeID('vlanGroupId', { nullable: true, description: 'The id of its VLAN group; null when it has none.' }),
    vlanGroup: t.field({
      type: VLANGroupRef,
      nullable: true,
      description: 'The VLANs that it is in; null when it has no group, or when that group is gone.',
      resolve: ({ vlanGroupId }, _args, context) => context.loaders.VLAN_GROUP.follow(vlanGroupId),
    }),
    mac: t.expose('mac', {
      type: 'MACAddress',
      nullable: true,
      description: 'The hardware address of its network card; null when its record has none.',
    }),
    ip: t.expose('ip', { type: 'IPAddress', nullable: true, description: 'Its address; null while it is unplaced.' }),
    bridge: t.exposeString('bridge', {
      nullable: true,
      description:
        'The bridge on its hypervisor that it is connected to, such as "br0"; null while it is unplaced, and for a bridge without a name.',
    }),
    jobs: t.field({
      type: JobConnection,
      description: 'What was done to it and is to be done, newest first.',
      args: pageArguments(t.arg),
      resolve: (guest, args, context) => listJobsOfGuest(context, guest, args),
    }),
    agent: t.field({
      type: AgentGuestRef,
      nullable: true,
      description:
        "What the hypervisor's own agent says of it, asked while the query runs. Null when the agent does not know it, while it is unplaced, when its hypervisor is gone, under `@at` and in events. Null with an error AGENT_UNREACHABLE when the agent cannot be reached or does not answer in time, and AGENT_ERROR when it answers anything else; both name the hypervisor, and nothing else of the query suffers.",
      extensions: { isVolatile: true, ...costs({ weight: askWeight }) },
      resolve: (guest, _args, context) => getAgentGuest(context, guest),
    }),
  }),
});

export const GuestConnection = connectionOf({ name: 'Guest', things: 'guests', node: GuestRef });

builder.queryFields((t) => ({
  guest: t.field({
    type: GuestRef,
    nullable: true,
    description: 'One guest by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The guest's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getGuest(context, id),
  }),
  guests: t.field({
    type: GuestConnection,
    description: 'All guests, by id unless `orderBy` says else.',
    args: guestListArguments(t.arg),
    resolve: (_root, args, context) => listGuests(context, args),
  }),
}));
