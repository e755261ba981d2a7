import { committedResources, freeResources } from '../resolvers/capacity.ts';
import { listGuestsOfHypervisor } from '../resolvers/guest.ts';
import { getHeartbeat, isAlive } from '../resolvers/heartbeat.ts';
import { getHypervisor, listHypervisors } from '../resolvers/hypervisor.ts';
import { hypervisorConfig, isSchedulable } from '../resolvers/hypervisor-config.ts';
import { listAttachmentsOfHypervisor } from '../resolvers/subnet-attachment.ts';
import { builder } from './builder.ts';
import { GuestConnection } from './guest.ts';
import { guestListArguments } from './guest-argument.ts';
import { HeartbeatRef } from './heartbeat.ts';
import { hypervisorListArguments } from './hypervisor-argument.ts';
import { namedFields } from './node-field.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { HypervisorRef, NodeRef } from './refs.ts';
import { ResourcesRef } from './resources.ts';
import { SubnetAttachmentConnection } from './subnet-attachment.ts';

HypervisorRef.implement({
  description: 'A machine that guests run on.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...namedFields(t),
    ip: t.expose('ip', {
      type: 'IPAddress',
      nullable: true,
      description: 'Its own address, at which its agent listens; null when it is not known.',
    }),
    netmask: t.expose('netmask', {
      type: 'IPAddress',
      nullable: true,
      description: 'The mask of its network, such as "255.255.255.0"; null when it is not known.',
    }),
    gateway: t.expose('gateway', {
      type: 'IPAddress',
      nullable: true,
      description: 'Its own way out; null when it is not known.',
    }),
    mac: t.expose('mac', {
      type: 'MACAddress',
      nullable: true,
      description: 'The hardware address of its network card; null when it is not known.',
    }),
    totalResources: t.expose('totalResources', { type: ResourcesRef, description: 'What it has in all.' }),
    availableResources: t.expose('availableResources', {
      type: ResourcesRef,
      description:
        'What it last reported to have left. It may lag behind, and a report near 2^64 is an underflow; `freeResources` guards against both.',
    }),
    committedResources: t.field({
      type: ResourcesRef,
      description: 'What the flavors of its guests add up to now. A guest whose record or flavor cannot be read counts nothing.',
      resolve: (hypervisor, _args, context) => committedResources(context, hypervisor),
    }),
    freeResources: t.field({
      type: ResourcesRef,
      description:
        'What placement can still grant: of memory and disk the smaller of `availableResources` and `totalResources` less `committedResources`, never below 0; of cpu `availableResources`, since cores are shared.',
      resolve: (hypervisor, _args, context) => freeResources(context, hypervisor),
    }),
    isAlive: t.boolean({
      description: 'Whether its heartbeat is there. Only living hypervisors get guests.',
      resolve: (hypervisor, _args, context) => isAlive(context, hypervisor),
    }),
    heartbeat: t.field({
      type: HeartbeatRef,
      nullable: true,
      description: 'Its sign of life; null when it is dead.',
      resolve: (hypervisor, _args, context) => getHeartbeat(context, hypervisor),
    }),
    schedulable: t.boolean({
      description: 'Whether placement may choose it: false while it is cordoned. Guests that run there go on.',
      resolve: (hypervisor, _args, context) => isSchedulable(context, hypervisor),
    }),
    config: t.field({
      type: 'StringMap',
      description:
        'Its settings by key; a key may contain slashes. `schedulable` = "false" cordons it, `agentPort` is the port of its agent.',
      resolve: (hypervisor, _args, context) => hypervisorConfig(context, hypervisor),
    }),
    subnetAttachments: t.field({
      type: SubnetAttachmentConnection,
      description: 'The subnets whose guests can run here, by subnet id.',
      args: pageArguments(t.arg),
      resolve: (hypervisor, args, context) => listAttachmentsOfHypervisor(context, hypervisor, args),
    }),
    guests: t.field({
      type: GuestConnection,
      description: "The guests that are placed here, as the hypervisor's own links say.",
      args: guestListArguments(t.arg),
      resolve: (hypervisor, args, context) => listGuestsOfHypervisor(context, hypervisor, args),
    }),
  }),
});

const HypervisorConnection = connectionOf({ name: 'Hypervisor', things: 'hypervisors', node: HypervisorRef });

builder.queryFields((t) => ({
  hypervisor: t.field({
    type: HypervisorRef,
    nullable: true,
    description: 'One hypervisor by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The hypervisor's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getHypervisor(context, id),
  }),
  hypervisors: t.field({
    type: HypervisorConnection,
    description: 'All hypervisors, by id unless `orderBy` says else.',
    args: hypervisorListArguments(t.arg),
    resolve: (_root, args, context) => listHypervisors(context, args),
  }),
}));
